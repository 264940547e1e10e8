package dev.convoy.backend.cuda;

import java.io.IOException;
import java.net.URL;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;

/**
 * The places beside the system's linker where CUDA's libraries may lie: {@code CONVOY_CUDA_PATH} (a
 * toolkit, or a folder of pip or conda packages), the folders of {@code LD_LIBRARY_PATH}, the usual
 * places of toolkits, the site-packages of a Python environment that is active, and last the jars
 * of the Maven profile {@code cuda-redist}, from which a library is unpacked into JavaCPP's cache.
 */
final class LibraryFolders {

  private static final List<String> USUAL =
      List.of(
          "/usr/local/cuda/lib64",
          "/usr/local/cuda-13/lib64",
          "/usr/local/nvidia/lib64",
          "/usr/lib/x86_64-linux-gnu",
          "/usr/lib64",
          "/usr/lib/wsl/lib",
          "/opt/cuda/lib64");

  /** Where JavaCPP's presets keep the libraries that they redistribute. */
  private static final String IN_JARS = "/org/bytedeco/cuda/linux-x86_64/";

  private final List<Path> folders = new ArrayList<>();

  LibraryFolders() {
    addTree(System.getenv("CONVOY_CUDA_PATH"));
    String search = System.getenv("LD_LIBRARY_PATH");
    if (search != null) {
      Stream.of(search.split(":")).filter(f -> !f.isEmpty()).map(Path::of).forEach(folders::add);
    }
    USUAL.forEach(folder -> folders.add(Path.of(folder)));
    for (String variable : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) {
      String environment = System.getenv(variable);
      if (environment != null) {
        addSitePackages(Path.of(environment, "lib"));
        folders.add(Path.of(environment, "lib"));
      }
    }
  }

  /** Files of a library's name, in the order in which they are to be tried. */
  Stream<Path> candidates(String file) {
    return folders.stream().map(folder -> folder.resolve(file)).filter(Files::isRegularFile);
  }

  /** The library unpacked from a jar, if one holds it. */
  static Optional<Path> unpacked(String file) {
    URL resource = LibraryFolders.class.getResource(IN_JARS + file);
    try {
      return resource == null
          ? Optional.empty()
          : Optional.of(Loader.cacheResource(resource).toPath());
    } catch (IOException e) {
      // No space for the cache, for example: then the library is missing, and is named so.
      return Optional.empty();
    }
  }

  /** Where a library lies, in words; nothing is unpacked. */
  Optional<String> place(String file) {
    return candidates(file)
        .findFirst()
        .map(Path::toString)
        .or(() -> inJars(file) ? Optional.of("the jars of cuda-redist") : Optional.empty());
  }

  static boolean inJars(String file) {
    return LibraryFolders.class.getResource(IN_JARS + file) != null;
  }

  /** A toolkit's lib folders, or the packages beneath a site-packages folder. */
  private void addTree(@Nullable String roots) {
    if (roots == null || roots.isEmpty()) {
      return;
    }
    for (String root : roots.split(":")) {
      Path path = Path.of(root);
      folders.add(path);
      folders.add(path.resolve("lib64"));
      folders.add(path.resolve("lib"));
      addPackages(path);
      addPackages(path.resolve("nvidia"));
    }
  }

  private void addSitePackages(Path lib) {
    for (Path python : children(lib)) {
      if (String.valueOf(python.getFileName()).startsWith("python")) {
        addPackages(python.resolve("site-packages").resolve("nvidia"));
      }
    }
  }

  private void addPackages(Path nvidia) {
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
