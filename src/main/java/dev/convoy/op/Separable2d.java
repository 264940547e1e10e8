package dev.convoy.op;

import dev.convoy.tensor.Shape;

/**
 * An operator that maps every H×W plane by itself, linearly, along its rows and along its columns:
 * y(i, j) = Σₕ Σᵥ rows(i, h) · columns(j, v) · x(h, v). One kernel computes all of them and, with
 * both maps transposed, all their gradients.
 */
public interface Separable2d {

  /** From the rows of the input to those of the output. */
  AxisMap rows(int height);

  /** From the columns of the input to those of the output. */
  AxisMap columns(int width);

  /** The gradient operator of such an operator with respect to its input. */
  interface Adjoint {

    Separable2d forward();

    /** Shape of the forward operator's input: N×C×H×W. */
    Shape input();
  }
}
