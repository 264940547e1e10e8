package dev.convoy.files;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/** The steps of an atomic write that can fail, apart so that tests can make each of them fail. */
public interface Disk {

  /** A file being written; a write may take fewer bytes than offered. */
  interface Output extends WritableByteChannel {

    /** Returns once everything written is on the device. */
    void force() throws IOException;
  }

  /** Opens a file that must not exist yet. */
  Output create(Path file) throws IOException;

  /** Gives a file another name, replacing what had it, in one step. */
  void replace(Path source, Path target) throws IOException;

  /** Returns once the names in a folder are on the device, where the system can say so. */
  void forceFolder(Path folder) throws IOException;

  void deleteIfExists(Path file) throws IOException;

  /** The disks of this machine. */
  static Disk local() {
    return LocalDisk.INSTANCE;
  }
}
