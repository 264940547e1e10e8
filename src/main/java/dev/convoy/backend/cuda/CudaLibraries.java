package dev.convoy.backend.cuda;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;

/**
 * Finds and loads the driver and CUDA's libraries, in the order in which they need each other,
 * before any class of the bindings is touched. The bindings then find them by name.
 *
 * <p>Looked for: what the system's linker finds, {@code CONVOY_CUDA_PATH} (a toolkit, or a folder
 * of pip or conda packages), the folders of {@code LD_LIBRARY_PATH}, the usual places of toolkits,
 * and the site-packages of a Python environment that is active.
 */
final class CudaLibraries {

  /** A library, and what to install for it. */
  private record Library(String file, String remedy) {}

  private static final Library DRIVER =
      new Library("libcuda.so.1", "install NVIDIA's driver, in Docker run with --gpus all");
  private static final String TOOLKIT =
      "install the CUDA 13 toolkit, or set CONVOY_CUDA_PATH to a folder that holds it";
  private static final String CUDNN =
      "install cuDNN 9 for CUDA 13 (Debian: libcudnn9-cuda-13), or set CONVOY_CUDA_PATH";

  private static final List<Library> NEEDED =
      List.of(
          DRIVER,
          new Library("libcudart.so.13", TOOLKIT),
          new Library("libnvrtc.so.13", TOOLKIT),
          new Library("libcublasLt.so.13", TOOLKIT),
          new Library("libcublas.so.13", TOOLKIT),
          new Library("libcudnn_graph.so.9", CUDNN),
          new Library("libcudnn_ops.so.9", CUDNN),
          new Library("libcudnn_cnn.so.9", CUDNN),
          new Library("libcudnn_adv.so.9", CUDNN),
          new Library("libcudnn.so.9", CUDNN));

  private static final List<String> USUAL =
      List.of(
          "/usr/local/cuda/lib64",
          "/usr/local/cuda-13/lib64",
          "/usr/local/nvidia/lib64",
          "/usr/lib/x86_64-linux-gnu",
          "/usr/lib64",
          "/usr/lib/wsl/lib",
          "/opt/cuda/lib64");

  private static final class Answer {
    static final Loaded LOADED = load();
  }

  /** Where each library was loaded from, and the first that could not be. */
  private record Loaded(Map<String, String> origins, Optional<String> missing) {}

  private CudaLibraries() {}

  /** What is missing and the way out, in one line; empty if everything is there. */
  static Optional<String> missing() {
    return Answer.LOADED.missing;
  }

  /** Library file to the place that it was loaded from, for {@code doctor}. */
  static Map<String, String> origins() {
    return Answer.LOADED.origins;
  }

  private static Loaded load() {
    Map<String, String> origins = new LinkedHashMap<>();
    if (!Loader.getPlatform().startsWith("linux-x86_64")) {
      return new Loaded(origins, Optional.of("needs Linux on x86-64, this is " + platform()));
    }
    List<Path> folders = null;
    for (Library library : NEEDED) {
      if (tryLoad(library.file)) {
        origins.put(library.file, library.file);
        continue;
      }
      if (library == DRIVER && !Files.exists(Path.of("/dev/nvidiactl")) && noDriverFolder()) {
        return new Loaded(origins, Optional.of(notFound(library)));
      }
      folders = folders == null ? folders() : folders;
      Optional<Path> found = loadFrom(folders, library.file);
      if (found.isEmpty()) {
        return new Loaded(origins, Optional.of(notFound(library)));
      }
      origins.put(library.file, found.get().toString());
    }
    return new Loaded(origins, Optional.empty());
  }

  private static String platform() {
    return System.getProperty("os.name") + " " + System.getProperty("os.arch");
  }

  /** Without a device file only an explicit folder may hold a driver: CONVOY_CUDA_PATH in tests. */
  private static boolean noDriverFolder() {
    return System.getenv("CONVOY_CUDA_PATH") == null
        && !Files.exists(Path.of("/usr/local/nvidia/lib64/libcuda.so.1"))
        && !Files.exists(Path.of("/usr/lib/wsl/lib/libcuda.so.1"));
  }

  private static String notFound(Library library) {
    String what = library == DRIVER ? "no driver" : "library missing";
    return what + " (" + library.file + " not found; " + library.remedy + ")";
  }

  private static boolean tryLoad(String file) {
    try {
      Loader.loadGlobal(file);
      return true;
    } catch (LinkageError e) {
      return false;
    }
  }

  private static Optional<Path> loadFrom(List<Path> folders, String file) {
    for (Path folder : folders) {
      Path candidate = folder.resolve(file);
      if (Files.isRegularFile(candidate) && tryLoad(candidate.toString())) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }

  private static List<Path> folders() {
    List<Path> folders = new ArrayList<>();
    addTree(folders, System.getenv("CONVOY_CUDA_PATH"));
    String search = System.getenv("LD_LIBRARY_PATH");
    if (search != null) {
      for (String folder : search.split(":")) {
        if (!folder.isEmpty()) {
          folders.add(Path.of(folder));
        }
      }
    }
    USUAL.forEach(folder -> folders.add(Path.of(folder)));
    for (String variable : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) {
      String environment = System.getenv(variable);
      if (environment != null) {
        addSitePackages(folders, Path.of(environment, "lib"));
        folders.add(Path.of(environment, "lib"));
      }
    }
    return folders;
  }

  /** A toolkit's lib folders, or the packages beneath a site-packages folder. */
  private static void addTree(List<Path> folders, @org.jspecify.annotations.Nullable String root) {
    if (root == null || root.isEmpty()) {
      return;
    }
    for (String part : root.split(":")) {
      Path path = Path.of(part);
      folders.add(path);
      folders.add(path.resolve("lib64"));
      folders.add(path.resolve("lib"));
      addPackages(folders, path);
      addPackages(folders, path.resolve("nvidia"));
    }
  }

  private static void addSitePackages(List<Path> folders, Path lib) {
    for (Path python : children(lib)) {
      if (String.valueOf(python.getFileName()).startsWith("python")) {
        addPackages(folders, python.resolve("site-packages").resolve("nvidia"));
      }
    }
  }

  private static void addPackages(List<Path> folders, Path nvidia) {
    for (Path child : children(nvidia)) {
      Path lib = child.resolve("lib");
      if (Files.isDirectory(lib)) {
        folders.add(lib);
      }
    }
  }

  private static List<Path> children(Path folder) {
    List<Path> children = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
        entries.forEach(children::add);
      } catch (IOException e) {
        // A folder that cannot be read holds nothing for us; the search goes on elsewhere.
        return List.of();
      }
    }
    children.sort(null);
    return children;
  }
}
