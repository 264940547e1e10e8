package dev.convoy.backend.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;

/**
 * Finds and loads the driver and CUDA's libraries, in the order in which they need each other,
 * before any class of the bindings is touched. The bindings then find them by name. Where they are
 * looked for, {@link LibraryFolders} tells.
 */
final class CudaLibraries {

  /** A library, the part of CUDA that it belongs to, and what to install for it. */
  private record Library(String part, String file, String remedy) {}

  private static final Library DRIVER =
      new Library(
          "driver", "libcuda.so.1", "install NVIDIA's driver, in Docker run with --gpus all");
  private static final String TOOLKIT =
      "install the CUDA 13 toolkit, or set CONVOY_CUDA_PATH to a folder that holds it";
  static final String CUDNN =
      "install cuDNN 9 for CUDA 13 (Debian: libcudnn9-cuda-13), or set CONVOY_CUDA_PATH";

  private static final List<Library> NEEDED =
      List.of(
          DRIVER,
          new Library("runtime", "libcudart.so.13", TOOLKIT),
          new Library("NVRTC", "libnvrtc.so.13", TOOLKIT),
          new Library("cuBLAS", "libcublasLt.so.13", TOOLKIT),
          new Library("cuBLAS", "libcublas.so.13", TOOLKIT),
          new Library("cuDNN", "libcudnn_graph.so.9", CUDNN),
          new Library("cuDNN", "libcudnn_ops.so.9", CUDNN),
          new Library("cuDNN", "libcudnn_cnn.so.9", CUDNN),
          new Library("cuDNN", "libcudnn_adv.so.9", CUDNN),
          new Library("cuDNN", "libcudnn.so.9", CUDNN));

  private static final String NVRTC_BUILTINS = "libnvrtc-builtins.so.13.";
  private static final int NEWEST_MINOR = 9;

  private static final List<String> CUDNN_PARTS =
      List.of("heuristic", "engines_precompiled", "engines_runtime_compiled");

  private static final Map<String, Path> ORIGINS = new ConcurrentHashMap<>();

  private static final class Answer {
    static final Optional<String> MISSING = load();
  }

  private CudaLibraries() {}

  /** What is missing and the way out, in one line; empty if everything is there. */
  static Optional<String> missing() {
    return Answer.MISSING;
  }

  /** The file that a library was loaded from; empty before {@link #missing} was asked. */
  static Optional<Path> origin(String file) {
    return Optional.ofNullable(ORIGINS.get(file));
  }

  /** For each part of CUDA, where its files lie or how to get them; nothing is loaded. */
  static Map<String, String> search() {
    LibraryFolders folders = new LibraryFolders();
    Map<String, String> found = new LinkedHashMap<>();
    Set<String> incomplete = new HashSet<>();
    for (Library library : NEEDED) {
      Optional<String> place = folders.place(library.file);
      if (place.isPresent()) {
        found.putIfAbsent(library.part, "found in " + place.get());
      } else if (incomplete.add(library.part)) {
        found.put(library.part, library.file + " is not in the usual folders; " + library.remedy);
      }
    }
    return found;
  }

  private static Optional<String> load() {
    if (!Loader.getPlatform().startsWith("linux-x86_64")) {
      return Optional.of("needs Linux on x86-64, this is " + platform());
    }
    if (noDriverFolder() && !tryLoad(DRIVER.file)) {
      return Optional.of(notFound(DRIVER));
    }
    LibraryFolders folders = new LibraryFolders();
    for (Library library : NEEDED) {
      if (!loadFirst(library.file, folders)) {
        return Optional.of(cannotLoad(library, folders));
      }
      if (library.file.startsWith("libnvrtc")) {
        loadBuiltins(folders);
      }
    }
    loadEngines();
    return Optional.empty();
  }

  private static boolean loadFirst(String file, LibraryFolders folders) {
    Optional<String> loaded =
        folders
            .candidates(file)
            .filter(CudaLibraries::tryLoad)
            .findFirst()
            .or(
                () ->
                    LibraryFolders.unpacked(file)
                        .map(Path::toString)
                        .filter(CudaLibraries::tryLoad));
    loaded.flatMap(CudaLibraries::file).ifPresent(path -> ORIGINS.put(file, path));
    return loaded.isPresent();
  }

  /** What the linker found for a bare name; the bindings may load further copies later. */
  private static Optional<Path> file(String loaded) {
    if (loaded.startsWith("/")) {
      return Optional.of(Path.of(loaded));
    }
    String stem = "/" + loaded.substring(0, loaded.indexOf(".so") + 3);
    try (Stream<String> mappings = Files.lines(Path.of("/proc/self/maps"))) {
      // Address, permissions, offset, device, inode, path.
      return mappings
          .filter(line -> line.contains(stem))
          .map(line -> Path.of(line.substring(line.indexOf('/'))))
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * NVRTC opens its built-in headers by name when it first compiles, which finds them only if the
   * linker knows their folder or they are loaded already.
   */
  private static void loadBuiltins(LibraryFolders folders) {
    Optional<Path> beside = origin("libnvrtc.so.13").map(Path::getParent);
    for (int minor = NEWEST_MINOR; minor >= 0; minor--) {
      String file = NVRTC_BUILTINS + minor;
      Optional<Path> candidate = beside.map(folder -> folder.resolve(file));
      boolean loaded =
          candidate.isPresent() && Files.isRegularFile(candidate.get())
              ? tryLoad(candidate.get().toString())
              : LibraryFolders.inJars(file) && loadFirst(file, folders);
      if (loaded) {
        return;
      }
    }
  }

  /** cuDNN opens these by name when it first needs them; the linker may not know their folder. */
  private static void loadEngines() {
    Optional<Path> beside = origin("libcudnn_graph.so.9").map(Path::getParent);
    for (String part : CUDNN_PARTS) {
      beside
          .map(folder -> folder.resolve("libcudnn_" + part + ".so.9"))
          .filter(Files::isRegularFile)
          .ifPresent(file -> tryLoad(file.toString()));
    }
  }

  private static String platform() {
    return System.getProperty("os.name") + " " + System.getProperty("os.arch");
  }

  /** Without a device file only an explicit folder may hold a driver: CONVOY_CUDA_PATH in tests. */
  private static boolean noDriverFolder() {
    return !Files.exists(Path.of("/dev/nvidiactl"))
        && System.getenv("CONVOY_CUDA_PATH") == null
        && !Files.exists(Path.of("/usr/local/nvidia/lib64/libcuda.so.1"))
        && !Files.exists(Path.of("/usr/lib/wsl/lib/libcuda.so.1"));
  }

  private static String notFound(Library library) {
    String what = library == DRIVER ? "no driver" : "library missing";
    return what + " (" + library.file + " not found; " + library.remedy + ")";
  }

  /**
   * A file that is there but is refused, damaged or without what it needs, is not called missing.
   */
  private static String cannotLoad(Library library, LibraryFolders folders) {
    Optional<String> file =
        folders.candidates(library.file).filter(f -> f.contains("/")).findFirst();
    if (file.isEmpty()) {
      return notFound(library);
    }
    try {
      Loader.loadGlobal(file.get());
      return notFound(library);
    } catch (LinkageError e) {
      return "library cannot be loaded (%s; %s)".formatted(e.getMessage(), library.remedy);
    }
  }

  private static boolean tryLoad(String file) {
    try {
      Loader.loadGlobal(file);
      return true;
    } catch (LinkageError e) {
      return false;
    }
  }
}
