package dev.convoy.cli;

import java.util.Locale;

/** Numbers as people read them. */
final class Units {

  private Units() {}

  static String bytes(long bytes) {
    return bytes >= 1L << 30
        ? String.format(Locale.ROOT, "%.1f GiB", bytes / 0x1p30)
        : String.format(Locale.ROOT, "%.1f MiB", bytes / 0x1p20);
  }

  /** With a comma after each three digits: 25,557,032. */
  static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f %%", 100 * share);
  }

  /** Multiply-adds: {@code 416.5 K}, {@code 4.09 G}. */
  static String macs(long macs) {
    if (macs >= 1_000_000_000) {
      return String.format(Locale.ROOT, "%.2f G", macs / 1e9);
    }
    return macs >= 1_000_000
        ? String.format(Locale.ROOT, "%.2f M", macs / 1e6)
        : String.format(Locale.ROOT, "%.1f K", macs / 1e3);
  }

  /** Four digits: {@code 0.9321}, {@code 23.45}, {@code 1,234}. */
  static String significant(double number) {
    int decimals = number >= 1000 ? 0 : number >= 100 ? 1 : number >= 10 ? 2 : 3;
    return String.format(Locale.ROOT, "%,." + decimals + "f", number);
  }

  /** {@code 0:42}, {@code 1:05:42}. */
  static String duration(double seconds) {
    long whole = Math.round(seconds);
    return whole >= 3600
        ? String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
        : String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60);
  }
}
