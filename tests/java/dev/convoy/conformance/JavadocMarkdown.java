package dev.convoy.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** A Javadoc comment as Markdown: one line a paragraph, attributes as a list. */
final class JavadocMarkdown {

  private static final Pattern TAG = Pattern.compile("\\s+(?=@(?:param|throws|return)\\s)");
  private static final Pattern BLOCK = Pattern.compile("\\s*<(p|ul|/ul|li)>\\s*");
  private static final Pattern LINK =
      Pattern.compile("\\{@link\\s+(?:[\\w.]*(?=#))?#?([\\w.]+)(?:\\([^)]*\\))?\\s*\\}");
  private static final Pattern CODE = Pattern.compile("\\{@code\\s+([^}]*)\\}");
  private static final Pattern LABEL =
      Pattern.compile(
          "^((?:Inputs?|Outputs?|Input and output|Gradients?|Constraints|Source)"
              + "(?: with respect to [^:.]*)?):");

  private JavadocMarkdown() {}

  /** Paragraphs and lists, with an empty line between them. */
  static List<String> lines(String comment) {
    String[] parts = TAG.split(" " + comment.strip());
    List<String> lines = new ArrayList<>(paragraphs(parts[0].strip()));
    List<String> attributes = new ArrayList<>();
    for (int i = 1; i < parts.length; i++) {
      String[] words = inline(parts[i]).split(" ", 3);
      if (words[0].equals("@param")) {
        attributes.add("- `%s`: %s".formatted(words[1], words[2]));
      }
    }
    if (!attributes.isEmpty()) {
      lines.add("");
      lines.addAll(attributes);
    }
    return lines;
  }

  /** All of a comment in one line. */
  static String line(String comment) {
    return String.join(" ", lines(comment).stream().filter(line -> !line.isEmpty()).toList());
  }

  private static List<String> paragraphs(String text) {
    String flowing = text.replaceAll("\\s+", " ");
    String blocks =
        BLOCK
            .matcher(flowing)
            .replaceAll(block -> block.group(1).equals("li") ? "\n- " : "\n\n")
            .replaceAll("\n{2,}- ", "\n\n- ")
            .replaceAll("\n{3,}", "\n\n")
            .strip();
    return blocks.lines().map(line -> LABEL.matcher(inline(line)).replaceFirst("**$1:**")).toList();
  }

  private static String inline(String text) {
    String code = CODE.matcher(text).replaceAll("`$1`");
    return LINK.matcher(code)
        .replaceAll("`$1`")
        .replace("&gt;", ">")
        .replace("&lt;", "<")
        .replace("&amp;", "&")
        .replaceAll("\\s+", " ")
        .strip();
  }
}
