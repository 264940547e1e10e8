package dev.convoy.backend.onednn;

import org.jspecify.annotations.Nullable;

/**
 * What is done to each output of a convolution before it is written.
 *
 * @param bias one for each channel, if any
 * @param residual whether to add what the output holds beforehand
 * @param relu whether negative outputs become 0; NaN stays
 */
record Conv2dFinish(@Nullable Storage bias, boolean residual, boolean relu) {

  static final Conv2dFinish NOTHING = new Conv2dFinish(null, false, false);
}
