package dev.convoy.cli;

/** What the process ends with; scripts rely on it. */
final class ExitCode {

  static final int DONE = 0;
  static final int FAILURE = 1;
  static final int BAD_INPUT = 2;
  static final int INTERRUPTED = 130;

  private ExitCode() {}
}
