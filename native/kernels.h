// No #pragma once: included once for each instruction set, in a namespace of its own.
#include "parallel.h"
#include "lanes.h"
#include "pooled_map.h"
#include "max_pool2d.h"
#include "separable2d.h"
#include "depthwise.h"
#include "sgd_update.h"
#include "winograd.h"
