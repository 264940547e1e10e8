package dev.convoy.backend.reference;

import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** Runs independent parts on all cores; each part writes its own elements. */
final class Parallel {

  /** Below this many operations a thread's start costs more than it gives. */
  private static final long WORTHWHILE = 100_000;

  private Parallel() {}

  static void parts(int parts, long operations, IntConsumer part) {
    if (operations < WORTHWHILE || parts == 1) {
      for (int i = 0; i < parts; i++) {
        part.accept(i);
      }
    } else {
      IntStream.range(0, parts).parallel().forEach(part);
    }
  }
}
