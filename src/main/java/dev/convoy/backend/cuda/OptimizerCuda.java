package dev.convoy.backend.cuda;

import static dev.convoy.backend.cuda.Argument.STATUS;
import static dev.convoy.backend.cuda.Argument.flag;
import static dev.convoy.backend.cuda.Argument.ints;
import static dev.convoy.backend.cuda.Argument.number;
import static dev.convoy.backend.cuda.Argument.workspace;

import dev.convoy.op.AdamUpdateOp;
import dev.convoy.op.LarsUpdateOp;
import dev.convoy.op.LossScaleOp;
import dev.convoy.op.Op;
import dev.convoy.op.RmsPropUpdateOp;
import dev.convoy.op.SgdUpdateOp;
import dev.convoy.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Launches of {@code optimizer.cu}: one for all parameters that share an optimiser's settings. The
 * tables are written once into device memory, for the addresses never change.
 */
public final class OptimizerCuda {

  private static final String SOURCE = "optimizer";
  private static final int CHUNK = 8192;
  private static final int WARP = 32;

  /** Addresses in a parameter's entry of the table, in order; 0 where there is none. */
  public enum Field {
    WEIGHT,
    GRADIENT,
    FIRST_MOMENT,
    SECOND_MOMENT,
    NEW_WEIGHT,
    NEW_FIRST_MOMENT,
    NEW_SECOND_MOMENT,
    /** Weights in the 16-bit type for which the kernel is compiled. */
    COPY
  }

  private static final int ENTRY_BYTES = 8 * Field.values().length + 8 + 4 + 4;

  /** What the table says of a parameter beside addresses. */
  public record Entry(long count, double weightDecay) {}

  /**
   * @param parameters table of the parameters, addresses still 0
   * @param chunks table of the chunks
   * @param tensors parameters in the table
   * @param blocks chunks, which is the grid
   */
  public record Tables(ByteBuffer parameters, ByteBuffer chunks, int tensors, int blocks) {

    /** Where the address of a field of a parameter belongs in the table. */
    public static int offset(int parameter, Field field) {
      return parameter * ENTRY_BYTES + 8 * field.ordinal();
    }

    public void setAddress(int parameter, Field field, long address) {
      parameters.putLong(offset(parameter, field), address);
    }
  }

  /**
   * What all parameters of a launch share.
   *
   * @param step the number of this step, a float, 1 at the first; for Adam alone
   * @param factor by which gradients are multiplied, 0 to leave the step out; absent for 1
   */
  public record Operands(
      Argument parameters, Argument chunks, Argument rate, Argument step, Argument factor) {}

  private OptimizerCuda() {}

  public static Tables tables(List<Entry> entries) {
    int blocks = 0;
    for (Entry entry : entries) {
      blocks = Math.addExact(blocks, Grid.ceilDivide(entry.count(), CHUNK));
    }
    ByteBuffer parameters = allocate(ENTRY_BYTES * entries.size());
    ByteBuffer chunks = allocate(8 * blocks);
    for (int i = 0; i < entries.size(); i++) {
      int numbers = i * ENTRY_BYTES + 8 * Field.values().length;
      parameters.putLong(numbers, entries.get(i).count());
      parameters.putFloat(numbers + 8, (float) entries.get(i).weightDecay());
      parameters.putInt(numbers + 12, chunks.position() / 8);
      for (int chunk = 0; chunk < Grid.ceilDivide(entries.get(i).count(), CHUNK); chunk++) {
        chunks.putInt(i).putInt(chunk);
      }
    }
    return new Tables(parameters, chunks.clear(), entries.size(), blocks);
  }

  private static ByteBuffer allocate(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * The step of an optimiser on all parameters of the tables.
   *
   * @param op its weight decay is not looked at: each parameter has its own in the table
   * @param copies type of the 16-bit copies; F32 if there are none
   */
  public static LaunchPlan update(Op op, DType copies, Tables tables, Operands o) {
    if (op instanceof LarsUpdateOp lars) {
      return lars(lars, copies, tables, o);
    }
    List<Argument> arguments = new ArrayList<>(List.of(o.parameters, o.chunks, o.rate));
    if (op instanceof AdamUpdateOp) {
      arguments.add(o.step);
    }
    arguments.addAll(List.of(o.factor, STATUS));
    String name;
    if (op instanceof SgdUpdateOp sgd) {
      name = "sgd_update";
      arguments.addAll(List.of(number(sgd.momentum()), flag(sgd.nesterov())));
    } else if (op instanceof AdamUpdateOp adam) {
      name = "adam_update";
      arguments.addAll(
          List.of(
              number(adam.beta1()),
              number(adam.beta2()),
              number(adam.epsilon()),
              flag(adam.decoupled())));
    } else {
      RmsPropUpdateOp rmsProp = (RmsPropUpdateOp) op;
      name = "rms_prop_update";
      arguments.addAll(
          List.of(
              number(rmsProp.smoothing()),
              number(1 - rmsProp.smoothing()),
              number(rmsProp.epsilon()),
              number(rmsProp.momentum())));
    }
    return LaunchPlan.of(launch(name, copies, tables.blocks, arguments));
  }

  private static LaunchPlan lars(LarsUpdateOp op, DType copies, Tables tables, Operands o) {
    long squares = 8L * tables.blocks;
    Launch sums =
        launch(
            "lars_squares",
            copies,
            tables.blocks,
            List.of(o.parameters, o.chunks, o.factor, STATUS, workspace(0)));
    Launch ratios =
        launch(
            "lars_ratios",
            copies,
            tables.tensors,
            List.of(o.parameters, workspace(0), workspace(squares), number(op.trust())));
    Launch update =
        launch(
            "lars_update",
            copies,
            tables.blocks,
            List.of(
                o.parameters,
                o.chunks,
                o.rate,
                o.factor,
                STATUS,
                workspace(squares),
                number(op.momentum())));
    return new LaunchPlan(List.of(sums, ratios, update), squares + 4L * tables.tensors);
  }

  private static Launch launch(String name, DType copies, int blocks, List<Argument> arguments) {
    return new Launch(
        new CudaKernel(SOURCE, name, copies),
        Extent.of(blocks),
        Extent.of(Grid.THREADS),
        0,
        arguments);
  }

  /**
   * The factor that undoes the loss scale, 0 if a gradient of the tables is not finite.
   *
   * @param scale a float
   * @param factor a float, written
   */
  public static LaunchPlan unscale(
      Tables tables, Argument parameters, Argument chunks, Argument scale, Argument factor) {
    return LaunchPlan.of(
        Launch.of(kernel("unscale_factor"), one(), scale, factor),
        launch("unscale_check", DType.F32, tables.blocks, List.of(parameters, chunks, factor)));
  }

  /**
   * Of the operator's own inputs and outputs.
   *
   * @param code written into the status word if no smaller scale would help
   */
  public static LaunchPlan lossScale(LossScaleOp op, int code) {
    return LaunchPlan.of(
        Launch.of(
            kernel("loss_scale"),
            one(),
            Argument.input(0),
            Argument.input(1),
            Argument.input(2),
            Argument.input(3),
            Argument.output(0),
            Argument.output(1),
            Argument.output(2),
            STATUS,
            ints(code),
            ints(op.interval()),
            number(LossScaleOp.LARGEST)));
  }

  private static CudaKernel kernel(String name) {
    return new CudaKernel(SOURCE, name, DType.F32);
  }

  private static Grid one() {
    return new Grid(Extent.of(1), Extent.of(WARP));
  }
}
