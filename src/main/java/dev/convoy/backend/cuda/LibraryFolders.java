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
 * The places where CUDA's libraries may lie: {@code CONVOY_CUDA_PATH} (a toolkit, or a folder of
 * pip or conda packages), then what the system's linker finds by name, the folders of {@code
 * LD_LIBRARY_PATH}, the usual places of toolkits, the site-packages of a Python environment that is
 * active, and last the jars of the Maven profile {@code cuda-redist}, from which a library is
 * unpacked into JavaCPP's cache.
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

  private final List<Path> told = new ArrayList<>();
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

  /** What to load for a library, in the order in which to try it: paths, and its bare name. */
  Stream<String> candidates(String file) {
    return Stream.of(files(told, file), Stream.of(file), files(folders, file)).flatMap(s -> s);
  }

  private static Stream<String> files(List<Path> folders, String file) {
    return folders.stream()
        .map(folder -> folder.resolve(file))
        .filter(Files::isRegularFile)
        .map(Path::toString);
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
    return Stream.concat(files(told, file), files(folders, file))
        .findFirst()
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
      told.add(path);
      told.add(path.resolve("lib64"));
      told.add(path.resolve("lib"));
      told.addAll(packages(path));
      told.addAll(packages(path.resolve("nvidia")));
    }
  }

  private void addSitePackages(Path lib) {
    for (Path python : children(lib)) {
      if (String.valueOf(python.getFileName()).startsWith("python")) {
        folders.addAll(packages(python.resolve("site-packages").resolve("nvidia")));
      }
    }
  }

  private static List<Path> packages(Path nvidia) {
    return children(nvidia).stream()
        .map(child -> child.resolve("lib"))
        .filter(Files::isDirectory)
        .toList();
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
