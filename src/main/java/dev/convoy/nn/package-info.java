/** Layers: what networks are built from. */
@NullMarked
package dev.convoy.nn;

import org.jspecify.annotations.NullMarked;
