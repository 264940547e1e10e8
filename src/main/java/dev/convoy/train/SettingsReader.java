package dev.convoy.train;

import dev.convoy.ConvoyException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Typed access to settings by flag. */
record SettingsReader(Map<String, ? extends @Nullable Object> json) {

  String text(String flag, @Nullable String fallback) {
    Object value = json.get(flag);
    if (value == null) {
      if (fallback == null) {
        throw new ConvoyException("--" + flag + " is missing");
      }
      return fallback;
    }
    return value.toString();
  }

  double real(String flag, double fallback) {
    Object value = json.get(flag);
    if (value == null) {
      return fallback;
    }
    if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
      return number.doubleValue();
    }
    throw new ConvoyException("--" + flag + " " + value + ": must be a finite number");
  }

  @Nullable Double realOrNone(String flag, @Nullable Double fallback) {
    return json.get(flag) == null ? fallback : (Double) real(flag, 0);
  }

  long wholeLong(String flag, long fallback) {
    Object value = json.get(flag);
    if (value == null) {
      return fallback;
    }
    if (value instanceof Long || value instanceof Integer) {
      return ((Number) value).longValue();
    }
    throw new ConvoyException("--" + flag + " " + value + ": must be a whole number");
  }

  int whole(String flag, int fallback) {
    long value = wholeLong(flag, fallback);
    if (value != (int) value) {
      throw new ConvoyException("--" + flag + " " + value + ": must be below 2147483648");
    }
    return (int) value;
  }

  boolean flag(String flag, boolean fallback) {
    Object value = json.get(flag);
    if (value == null) {
      return fallback;
    }
    if (value instanceof Boolean set) {
      return set;
    }
    throw new ConvoyException("--" + flag + " " + value + ": must be true or false");
  }
}
