package dev.convoy.weights.keras;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/**
 * A file to read that counts what is read of it. HDF5 is full of addresses; a damaged file's may
 * lead in circles, and this is what ends them. It is never mapped into memory: a process dies when
 * a mapped file becomes shorter.
 */
final class MeteredChannel extends FileChannel {

  /** What a reader may do to a file of some size; several times what any needs. */
  private static final long READS = 2_000_000;

  private static final long TIMES = 8;
  private static final long BYTES = 64L << 20;

  private final RandomAccessFile file;
  private final long length;
  private long position;
  private long reads;
  private long bytes;

  MeteredChannel(RandomAccessFile file) throws IOException {
    this.file = file;
    length = file.length();
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    int count = read(target, position);
    position += Math.max(0, count);
    return count;
  }

  @Override
  public int read(ByteBuffer target, long from) throws IOException {
    if (from < 0) {
      throw new EOFException("address " + from + " is outside the file");
    }
    long available = Math.max(0, length - from);
    int count = (int) Math.min(target.remaining(), available);
    bytes += count;
    if (++reads > READS || bytes > TIMES * length + BYTES) {
      throw new IllegalStateException("its addresses lead in circles");
    }
    if (count == 0) {
      return target.hasRemaining() ? -1 : 0;
    }
    byte[] chunk = new byte[count];
    file.seek(from);
    file.readFully(chunk);
    target.put(chunk);
    return count;
  }

  @Override
  public long read(ByteBuffer[] targets, int offset, int count) throws IOException {
    long total = 0;
    for (int i = offset; i < offset + count; i++) {
      total += Math.max(0, read(targets[i]));
    }
    return total;
  }

  /** Callers then read instead, but not beyond the file, where they would allocate in vain. */
  @Override
  public MappedByteBuffer map(MapMode mode, long from, long size) {
    if (from < 0 || size < 0 || from > length - size) {
      throw new IllegalStateException(
          "%d bytes at address %d reach beyond the file".formatted(size, from));
    }
    throw new UnsupportedOperationException("never mapped");
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public FileChannel position(long newPosition) {
    position = newPosition;
    return this;
  }

  @Override
  public long size() {
    return length;
  }

  @Override
  public int write(ByteBuffer source) {
    throw new NonWritableChannelException();
  }

  @Override
  public int write(ByteBuffer source, long to) {
    throw new NonWritableChannelException();
  }

  @Override
  public long write(ByteBuffer[] sources, int offset, int count) {
    throw new NonWritableChannelException();
  }

  @Override
  public FileChannel truncate(long size) {
    throw new NonWritableChannelException();
  }

  @Override
  public void force(boolean metaData) {}

  @Override
  public long transferTo(long from, long count, WritableByteChannel target) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long transferFrom(ReadableByteChannel source, long to, long count) {
    throw new NonWritableChannelException();
  }

  @Override
  public FileLock lock(long from, long size, boolean shared) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileLock tryLock(long from, long size, boolean shared) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void implCloseChannel() throws IOException {
    file.close();
  }
}
