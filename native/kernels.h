// No #pragma once: included once for each instruction set, in a namespace of its own.
#include "parallel.h"
#include "max_unpool2d.h"
