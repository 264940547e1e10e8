package dev.convoy.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * The local disk, except that one step fails: the n-th of all creates, writes, forces, closes,
 * renames and folder forces.
 */
public final class FaultyDisk implements Disk {

  /** How the step fails. */
  public enum Fault {
    ENOSPC("No space left on device"),
    EIO("Input/output error"),
    /** A write takes half of the bytes before the disk is full. */
    HALF_THEN_ENOSPC("No space left on device"),
    /** A write takes half of the bytes and says so: no failure at all. */
    SHORT_WRITE("");

    private final String message;

    Fault(String message) {
      this.message = message;
    }
  }

  private final Fault fault;
  private final int failingStep;
  private int step;
  private boolean failed;
  private boolean replaced;

  /** Fails at a step counted from 0. */
  public FaultyDisk(Fault fault, int failingStep) {
    this.fault = fault;
    this.failingStep = failingStep;
  }

  /** Counts the steps and fails at none. */
  public static FaultyDisk counting() {
    return new FaultyDisk(Fault.EIO, -1);
  }

  public int steps() {
    return step;
  }

  /** Whether an exception was thrown. */
  public boolean failed() {
    return failed;
  }

  /** Whether the new file has the target's name. */
  public boolean replaced() {
    return replaced;
  }

  private boolean isDue() {
    return step++ == failingStep;
  }

  private void pass() throws IOException {
    if (isDue() && fault != Fault.SHORT_WRITE) {
      fail();
    }
  }

  private void fail() throws IOException {
    failed = true;
    throw new IOException(fault.message);
  }

  @Override
  public Output create(Path file) throws IOException {
    pass();
    return new FaultyOutput(Disk.local().create(file));
  }

  @Override
  public void replace(Path source, Path target) throws IOException {
    pass();
    Disk.local().replace(source, target);
    replaced = true;
  }

  @Override
  public void forceFolder(Path folder) throws IOException {
    pass();
    Disk.local().forceFolder(folder);
  }

  @Override
  public void deleteIfExists(Path file) throws IOException {
    Disk.local().deleteIfExists(file);
  }

  private final class FaultyOutput implements Output {

    private final Output output;

    FaultyOutput(Output output) {
      this.output = output;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      if (!isDue()) {
        return output.write(source);
      }
      int half = 0;
      if (fault == Fault.SHORT_WRITE || fault == Fault.HALF_THEN_ENOSPC) {
        ByteBuffer part = source.slice(source.position(), (source.remaining() + 1) / 2);
        half = output.write(part);
        source.position(source.position() + half);
      }
      if (fault != Fault.SHORT_WRITE) {
        fail();
      }
      return half;
    }

    @Override
    public void force() throws IOException {
      pass();
      output.force();
    }

    @Override
    public boolean isOpen() {
      return output.isOpen();
    }

    @Override
    public void close() throws IOException {
      output.close();
      pass();
    }
  }
}
