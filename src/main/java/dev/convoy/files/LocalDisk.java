package dev.convoy.files;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** The operating system's own files. */
final class LocalDisk implements Disk {

  static final LocalDisk INSTANCE = new LocalDisk();

  private static final boolean POSIX =
      FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

  private LocalDisk() {}

  @Override
  public Output create(Path file) throws IOException {
    Files.createFile(file);
    return new StreamOutput(new FileOutputStream(file.toFile()));
  }

  @Override
  public void replace(Path source, Path target) throws IOException {
    Files.move(source, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void forceFolder(Path folder) throws IOException {
    // Windows neither opens folders nor needs this: its rename is journalled.
    if (!POSIX) {
      return;
    }
    boolean interrupted = false;
    try {
      while (!tryForceFolder(folder)) {
        interrupted |= Thread.interrupted();
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static boolean tryForceFolder(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
      return true;
    } catch (ClosedByInterruptException e) {
      return false;
    }
  }

  @Override
  public void deleteIfExists(Path file) throws IOException {
    Files.deleteIfExists(file);
  }

  /**
   * Writes by stream because an interrupt closes a {@code FileChannel}: a checkpoint being saved
   * when the user stops the training must still be saved.
   */
  private static final class StreamOutput implements Output {

    private static final int CHUNK_BYTES = 1 << 18;

    private final FileOutputStream stream;
    private final byte[] chunk = new byte[CHUNK_BYTES];

    StreamOutput(FileOutputStream stream) {
      this.stream = stream;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      int count = Math.min(source.remaining(), CHUNK_BYTES);
      source.get(chunk, 0, count);
      stream.write(chunk, 0, count);
      return count;
    }

    @Override
    public void force() throws IOException {
      stream.getFD().sync();
    }

    @Override
    public boolean isOpen() {
      return stream.getChannel().isOpen();
    }

    @Override
    public void close() throws IOException {
      stream.close();
    }
  }
}
