package dev.convoy.files;

import dev.convoy.ConvoyException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Replaces a file in one step: whoever reads it, now or after a crash, finds the old content or the
 * new, whole.
 *
 * <p>The order is that of Pillai et al., "All File Systems Are Not Created Equal" (2014): write a
 * temporary file in the same folder, force it to the device, rename it over the target, force the
 * folder. A target that is a symbolic link is replaced by a file.
 *
 * <p>An interrupt does not stop a write; the thread is still interrupted afterwards.
 */
public final class AtomicFile {

  /** What to write. */
  @FunctionalInterface
  public interface Content {

    /** Each write to the channel takes all bytes offered. */
    void writeTo(WritableByteChannel channel) throws IOException;
  }

  private final Path target;
  private final Path folder;
  private final Disk disk;

  private AtomicFile(Path target, Path folder, Disk disk) {
    this.target = target;
    this.folder = folder;
    this.disk = disk;
  }

  /**
   * @throws ConvoyException if the folder does not exist or a step fails; the message says whether
   *     the target changed
   */
  public static void write(Path target, byte[] content) {
    write(target, channel -> channel.write(ByteBuffer.wrap(content)));
  }

  /**
   * @throws ConvoyException as {@link #write(Path, byte[])}; what the content itself throws, if
   *     unchecked, passes through with the target unchanged
   */
  public static void write(Path target, Content content) {
    write(target, content, Disk.local());
  }

  /** As {@link #write(Path, Content)}, with each step done by the given disk. */
  public static void write(Path target, Content content, Disk disk) {
    Path absolute = target.toAbsolutePath();
    Path folder = absolute.getParent();
    if (folder == null || Files.isDirectory(absolute)) {
      throw new ConvoyException("cannot save " + target + ": it is a folder; name a file");
    }
    if (!Files.isDirectory(folder)) {
      throw new ConvoyException(
          "cannot save " + target + ": folder " + folder + " does not exist; create it first");
    }
    new AtomicFile(absolute, folder, disk).replace(content);
  }

  private void replace(Content content) {
    boolean existed = Files.exists(target);
    Path temporary = TemporaryName.claim(target);
    boolean renamed = false;
    try {
      TemporaryName.sweep(target, folder, disk);
      writeTemporary(temporary, content);
      disk.replace(temporary, target);
      renamed = true;
      disk.forceFolder(folder);
    } catch (IOException e) {
      throw new ConvoyException(WriteFailure.describe(target, e, existed, renamed), e);
    } finally {
      if (!renamed) {
        removeQuietly(temporary);
      }
      TemporaryName.release(temporary);
    }
  }

  private void writeTemporary(Path temporary, Content content) throws IOException {
    try (Disk.Output output = disk.create(temporary)) {
      content.writeTo(new WholeWrites(output));
      output.force();
    }
  }

  private void removeQuietly(Path temporary) {
    try {
      disk.deleteIfExists(temporary);
    } catch (IOException e) {
      // The failure that led here is the one to report; the next write sweeps the file away.
    }
  }

  /** Repeats short writes, so that content need not. */
  private record WholeWrites(Disk.Output output) implements WritableByteChannel {

    @Override
    public int write(ByteBuffer source) throws IOException {
      int count = source.remaining();
      while (source.hasRemaining()) {
        if (output.write(source) <= 0) {
          throw new IOException("the disk took no more bytes");
        }
      }
      return count;
    }

    @Override
    public boolean isOpen() {
      return output.isOpen();
    }

    /** Leaves the file open: it is still to be forced. */
    @Override
    public void close() {}
  }
}
