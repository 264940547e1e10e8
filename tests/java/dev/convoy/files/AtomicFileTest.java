package dev.convoy.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.convoy.ConvoyException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {

  private static final byte[] OLD = "the previous checkpoint".getBytes(UTF_8);
  private static final int PARTS = 64;

  @TempDir Path folder;

  @Test
  void writesNewAndReplacesOldFiles() throws IOException {
    Path target = folder.resolve("history.json");
    AtomicFile.write(target, "one".getBytes(UTF_8));
    assertThat(target).hasContent("one");
    AtomicFile.write(target, "two".getBytes(UTF_8));
    assertThat(target).hasContent("two");
    assertThat(names()).containsExactly("history.json");
  }

  @Test
  void writesMoreThanOneChunk() {
    byte[] content = new byte[3_000_001];
    new Random(1).nextBytes(content);
    Path target = folder.resolve("large");
    AtomicFile.write(target, content);
    assertThat(target).hasBinaryContent(content);
  }

  @Test
  void everyFaultLeavesOldOrNewFileWhole() throws IOException {
    byte[] content = new byte[PARTS * 1000];
    new Random(2).nextBytes(content);
    FaultyDisk counting = FaultyDisk.counting();
    AtomicFile.write(folder.resolve("count"), parts(content), counting);
    int injected = 0;
    for (FaultyDisk.Fault fault : FaultyDisk.Fault.values()) {
      for (int step = 0; step < counting.steps(); step++) {
        for (boolean existed : new boolean[] {true, false}) {
          checkFault(new FaultyDisk(fault, step), content, existed);
          injected++;
        }
      }
    }
    // Create, 64 writes, force, close, rename, folder; four faults; with and without an old file.
    assertThat(injected).isEqualTo(69 * 4 * 2);
  }

  private void checkFault(FaultyDisk disk, byte[] content, boolean existed) throws IOException {
    Path target = folder.resolve("target");
    Files.deleteIfExists(target);
    if (existed) {
      Files.write(target, OLD);
    }
    Throwable thrown = catchThrowable(() -> AtomicFile.write(target, parts(content), disk));
    if (disk.replaced()) {
      assertThat(target).hasBinaryContent(content);
    } else if (existed) {
      assertThat(target).hasBinaryContent(OLD);
    } else {
      assertThat(target).doesNotExist();
    }
    assertThat(names().stream().filter(name -> name.endsWith(".tmp"))).isEmpty();
    if (disk.failed()) {
      assertThat(thrown)
          .isExactlyInstanceOf(ConvoyException.class)
          .hasMessageContaining(target.toString())
          .hasMessageMatching("[^\\n\\r]*(free some space|check the disk)[^\\n\\r]*")
          .hasMessageContaining(
              disk.replaced()
                  ? "a power cut may still undo it"
                  : existed ? "the previous file is unchanged" : "no file was written");
    } else {
      assertThat(thrown).isNull();
      assertThat(target).hasBinaryContent(content);
    }
  }

  @Test
  void namesFullDiskAndWhatToDo() {
    Path target = folder.resolve("weights");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    target, parts(new byte[6400]), new FaultyDisk(FaultyDisk.Fault.ENOSPC, 5)))
        .hasMessage(
            "cannot save "
                + target
                + ": No space left on device; no file was written; the disk is full: free some"
                + " space or choose another folder");
  }

  @Test
  void diskThatTakesNothingIsAFailureNotALoop() {
    Disk stuck = new StuckDisk();
    assertThatThrownBy(() -> AtomicFile.write(folder.resolve("x"), parts(new byte[640]), stuck))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("the disk took no more bytes");
  }

  @Test
  void contentsOwnFailurePassesThroughAndChangesNothing() throws IOException {
    Path target = folder.resolve("kept");
    Files.write(target, OLD);
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    target,
                    channel -> {
                      channel.write(ByteBuffer.wrap(new byte[10]));
                      throw new IllegalStateException("broken content");
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("broken content");
    assertThat(target).hasBinaryContent(OLD);
    assertThat(names()).containsExactly("kept");
  }

  @Test
  void interruptNeitherStopsTheWriteNorIsLost() {
    Path target = folder.resolve("interrupted");
    Thread.currentThread().interrupt();
    AtomicFile.write(target, OLD);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(target).hasBinaryContent(OLD);
  }

  @Test
  void removesLeftoversOfDeadProcessesOnly() throws IOException {
    // Linux and Windows number processes far below this.
    Path dead = Files.createFile(folder.resolve(".weights.999999999999-1.tmp"));
    Path ownNumberReused =
        Files.createFile(
            folder.resolve(".weights." + ProcessHandle.current().pid() + "-987654321.tmp"));
    Path living = Files.createFile(folder.resolve(".weights." + parent() + "-1.tmp"));
    Path otherTarget = Files.createFile(folder.resolve(".weights2.999999999999-1.tmp"));
    Path foreign = Files.createFile(folder.resolve(".weights.notes.tmp"));
    AtomicFile.write(folder.resolve("weights"), OLD);
    assertThat(dead).doesNotExist();
    assertThat(ownNumberReused).doesNotExist();
    assertThat(living).exists();
    assertThat(otherTarget).exists();
    assertThat(foreign).exists();
  }

  @Test
  void concurrentWritesToOneTargetBothSucceed() throws Exception {
    Path target = folder.resolve("shared");
    List<Throwable> failures = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      byte[] content = new byte[50_000];
      Arrays.fill(content, (byte) i);
      Thread thread =
          new Thread(
              () -> {
                for (int repeat = 0; repeat < 10; repeat++) {
                  AtomicFile.write(target, content);
                }
              });
      thread.setUncaughtExceptionHandler(
          (unused, failure) -> {
            synchronized (failures) {
              failures.add(failure);
            }
          });
      threads.add(thread);
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failures).isEmpty();
    byte[] last = Files.readAllBytes(target);
    assertThat(last).hasSize(50_000).containsOnly(last[0]);
    assertThat(names()).containsExactly("shared");
  }

  @Test
  void refusesFoldersAndMissingFolders() {
    assertThatThrownBy(() -> AtomicFile.write(folder, OLD))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining(folder + ": it is a folder; name a file");
    Path missing = folder.resolve("runs/a/weights");
    assertThatThrownBy(() -> AtomicFile.write(missing, OLD))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("runs/a does not exist; create it first");
  }

  private static long parent() {
    return ProcessHandle.current().parent().orElseThrow().pid();
  }

  private static AtomicFile.Content parts(byte[] content) {
    return channel -> {
      int size = content.length / PARTS;
      for (int part = 0; part < PARTS; part++) {
        int taken = channel.write(ByteBuffer.wrap(content, part * size, size));
        assertThat(taken).isEqualTo(size);
      }
    };
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static final class StuckDisk implements Disk {

    @Override
    public Output create(Path file) throws IOException {
      Output output = Disk.local().create(file);
      return new Output() {
        @Override
        public int write(ByteBuffer source) {
          return 0;
        }

        @Override
        public void force() throws IOException {
          output.force();
        }

        @Override
        public boolean isOpen() {
          return output.isOpen();
        }

        @Override
        public void close() throws IOException {
          output.close();
        }
      };
    }

    @Override
    public void replace(Path source, Path target) throws IOException {
      Disk.local().replace(source, target);
    }

    @Override
    public void forceFolder(Path folder) throws IOException {
      Disk.local().forceFolder(folder);
    }

    @Override
    public void deleteIfExists(Path file) throws IOException {
      Disk.local().deleteIfExists(file);
    }
  }
}
