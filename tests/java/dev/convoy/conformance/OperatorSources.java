package dev.convoy.conformance;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * The Javadoc of the operators' sources, by name: {@code Conv2dOp}, {@code Conv2dOp.GradInput},
 * {@code BinaryOp.ADD}.
 */
final class OperatorSources {

  private static final Path FOLDER = Path.of("src/main/java/dev/convoy/op");

  private OperatorSources() {}

  static Map<String, String> comments() {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
        Stream<Path> sources = Files.list(FOLDER)) {
      List<Path> sorted = sources.filter(p -> p.toString().endsWith("Op.java")).sorted().toList();
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null,
                  files,
                  null,
                  List.of("-proc:none"),
                  null,
                  files.getJavaFileObjectsFromPaths(sorted));
      Collector collector = new Collector(Trees.instance(task));
      for (CompilationUnitTree unit : task.parse()) {
        collector.scan(unit, null);
      }
      return collector.comments;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Collector extends TreePathScanner<@Nullable Void, @Nullable Void> {

    private final Trees trees;
    private final Map<String, String> comments = new LinkedHashMap<>();

    Collector(Trees trees) {
      this.trees = trees;
    }

    @Override
    public @Nullable Void visitClass(ClassTree type, @Nullable Void unused) {
      note();
      return super.visitClass(type, unused);
    }

    @Override
    public @Nullable Void visitVariable(VariableTree field, @Nullable Void unused) {
      if (getCurrentPath().getParentPath().getLeaf().getKind() == Tree.Kind.ENUM) {
        note();
      }
      return null;
    }

    private void note() {
      String comment = trees.getDocComment(getCurrentPath());
      if (comment != null) {
        comments.put(name(getCurrentPath()), comment);
      }
    }

    private static String name(TreePath path) {
      Tree leaf = path.getLeaf();
      String own =
          leaf instanceof ClassTree type
              ? type.getSimpleName().toString()
              : ((VariableTree) leaf).getName().toString();
      TreePath parent = path.getParentPath();
      return parent.getLeaf() instanceof ClassTree ? name(parent) + "." + own : own;
    }
  }
}
