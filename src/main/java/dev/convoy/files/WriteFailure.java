package dev.convoy.files;

import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.Locale;

/** Words for a failed write: what happened, what state the file is in, what to do. */
final class WriteFailure {

  private WriteFailure() {}

  static String describe(Path target, Exception failure, boolean existed, boolean renamed) {
    return "cannot save "
        + target
        + ": "
        + cause(failure)
        + "; "
        + state(existed, renamed)
        + "; "
        + remedy(failure);
  }

  private static String cause(Exception failure) {
    if (failure instanceof AccessDeniedException) {
      return "permission denied";
    }
    String message = failure.getMessage();
    return message == null
        ? failure.getClass().getSimpleName()
        : message.replaceAll("\\R", " ").strip();
  }

  private static String state(boolean existed, boolean renamed) {
    if (renamed) {
      return "the new file is in place but a power cut may still undo it";
    }
    return existed ? "the previous file is unchanged" : "no file was written";
  }

  private static String remedy(Exception failure) {
    // Java tells these causes apart only by the system's text.
    String message = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
    if (message.contains("no space left") || message.contains("not enough space")) {
      return "the disk is full: free some space or choose another folder";
    }
    if (message.contains("quota")) {
      return "the disk quota is used up: free some space or choose another folder";
    }
    if (failure instanceof AccessDeniedException || message.contains("read-only file system")) {
      return "choose a folder that you may write to";
    }
    return "check the disk or choose another folder";
  }
}
