package dev.convoy.backend.cuda;

import dev.convoy.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Launches of {@code optimizer.cu}: one for all parameters that share an optimiser's settings. The
 * tables are written once into device memory, for the addresses never change.
 */
public final class OptimizerCuda {

  private static final String SOURCE = "optimizer";
  private static final int CHUNK = 8192;

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
   * @param blocks chunks, which is the grid
   */
  public record Tables(ByteBuffer parameters, ByteBuffer chunks, int blocks) {

    /** Where the address of a field of a parameter belongs in the table. */
    public static int offset(int parameter, Field field) {
      return parameter * ENTRY_BYTES + 8 * field.ordinal();
    }

    public void setAddress(int parameter, Field field, long address) {
      parameters.putLong(offset(parameter, field), address);
    }
  }

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
      for (int chunk = 0; chunk < Grid.ceilDivide(entries.get(i).count(), CHUNK); chunk++) {
        chunks.putInt(i).putInt(chunk);
      }
    }
    return new Tables(parameters, chunks.clear(), blocks);
  }

  private static ByteBuffer allocate(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * @param copies type of the 16-bit copies; F32 if there are none
   * @param rate address of the learning rate
   * @param unscale address of the factor that undoes the loss scale; absent for 1
   */
  public static Launch sgd(
      DType copies,
      int blocks,
      Argument parameters,
      Argument chunks,
      Argument rate,
      Argument unscale,
      double momentum,
      boolean nesterov) {
    return Launch.of(
        new CudaKernel(SOURCE, "sgd_update", copies),
        grid(blocks),
        parameters,
        chunks,
        rate,
        unscale,
        Argument.STATUS,
        Argument.number(momentum),
        Argument.flag(nesterov));
  }

  /** What Adam shares among its parameters. */
  public record AdamSettings(double beta1, double beta2, double epsilon, boolean decoupled) {}

  /**
   * @param step address of the number of this step, a float, 1 at the first
   */
  public static Launch adam(
      DType copies,
      int blocks,
      Argument parameters,
      Argument chunks,
      Argument rate,
      Argument step,
      Argument unscale,
      AdamSettings settings) {
    return Launch.of(
        new CudaKernel(SOURCE, "adam_update", copies),
        grid(blocks),
        parameters,
        chunks,
        rate,
        step,
        unscale,
        Argument.STATUS,
        Argument.number(settings.beta1()),
        Argument.number(settings.beta2()),
        Argument.number(settings.epsilon()),
        Argument.flag(settings.decoupled()));
  }

  /** Sets the integer at {@code overflow} if a gradient is not finite. */
  public static Launch gradientsFinite(
      int blocks, Argument parameters, Argument chunks, Argument overflow) {
    return Launch.of(
        new CudaKernel(SOURCE, "gradients_finite", DType.F32),
        grid(blocks),
        parameters,
        chunks,
        overflow);
  }

  /**
   * Dynamic loss scaling after the update.
   *
   * @param state two floats: the scale and its inverse
   * @param good an integer: steps without overflow
   * @param overflow an integer, 0 again afterwards
   * @param interval good steps after which the scale doubles
   */
  public static Launch lossScale(
      Argument state, Argument good, Argument overflow, int interval, double largest) {
    return Launch.of(
        new CudaKernel(SOURCE, "loss_scale_update", DType.F32),
        new Grid(Extent.of(1), Extent.of(32)),
        state,
        good,
        overflow,
        Argument.ints(interval),
        Argument.number(largest));
  }

  private static Grid grid(int blocks) {
    return new Grid(Extent.of(blocks), Extent.of(Grid.THREADS));
  }
}
