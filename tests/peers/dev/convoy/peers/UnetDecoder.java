package dev.convoy.peers;

import dev.convoy.nn.BatchNorm2d;
import dev.convoy.nn.Conv2d;
import dev.convoy.nn.ConvTranspose2d;
import dev.convoy.nn.GlobalAveragePool2d;
import dev.convoy.nn.Initializers;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Linear;
import dev.convoy.op.ConcatOp;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Upsample2dOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;

/**
 * Two decoder blocks of a U-Net (Ronneberger et al. 2015) with their skips: enlarge, join, two 3×3
 * convolutions with batch normalisation and ReLU. The first enlarges by a transposed convolution,
 * the second repeats pixels; one convolution a level stands for the encoder. Mean and a linear
 * layer make scores of the map, so that it is trained like the others.
 */
final class UnetDecoder extends Layer {

  static final String NAME = "unet-decoder";
  static final Shape PICTURE = Shape.of(3, 224, 224);
  static final int CLASSES = 10;

  private static final MaxPool2dOp HALVE = new MaxPool2dOp(Window2d.of(2).stride(2));
  private static final ConcatOp JOIN = new ConcatOp(1);
  private static final int WIDTH = 32;

  private final Unit first;
  private final Unit second = child("second", new Unit(WIDTH, 2 * WIDTH));
  private final Unit third = child("third", new Unit(2 * WIDTH, 4 * WIDTH));
  private final ConvTranspose2d up =
      child("up", new ConvTranspose2d(4 * WIDTH, 2 * WIDTH, Window2d.of(2).stride(2)));
  private final Unit block1a = child("block1a", new Unit(4 * WIDTH, 2 * WIDTH));
  private final Unit block1b = child("block1b", new Unit(2 * WIDTH, 2 * WIDTH));
  private final Unit block2a = child("block2a", new Unit(3 * WIDTH, WIDTH));
  private final Unit block2b = child("block2b", new Unit(WIDTH, WIDTH));
  private final GlobalAveragePool2d pool = child("pool", new GlobalAveragePool2d());
  private final Linear fc;

  UnetDecoder(int channels, int classes) {
    first = child("first", new Unit(channels, WIDTH));
    fc = child("fc", new Linear(WIDTH, classes));
  }

  @Override
  protected Value forward(Value x) {
    Value wide = first.apply(x);
    Value half = second.apply(wide.apply(HALVE));
    Value h = up.apply(third.apply(half.apply(HALVE)));
    h = block1b.apply(block1a.apply(h.apply(JOIN, half)));
    h = h.apply(Upsample2dOp.by(2, 2, h.shape(), Upsample2dOp.Mode.NEAREST, false));
    h = block2b.apply(block2a.apply(h.apply(JOIN, wide)));
    h = pool.apply(h);
    return fc.apply(h.apply(ReshapeOp.flatten(h.shape())));
  }

  private static final class Unit extends Layer {

    private final Conv2d conv;
    private final BatchNorm2d bn;

    Unit(int channels, int filters) {
      conv =
          child(
              "conv",
              new Conv2d(
                  channels,
                  filters,
                  Window2d.of(3).padding(1),
                  1,
                  Initializers.heNormalFanOut(),
                  null));
      bn = child("bn", new BatchNorm2d(filters));
    }

    @Override
    protected Value forward(Value x) {
      return bn.apply(conv.apply(x)).apply(UnaryOp.RELU);
    }
  }
}
