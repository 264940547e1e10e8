package dev.convoy.backend;

import dev.convoy.ConvoyException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/** The backends on the class path, and the choice among them. */
public final class Backends {

  /** A backend and one line that says why it was chosen and not others. */
  public record Choice(Backend backend, String reason) {}

  private Backends() {}

  /** All backends, most preferred first, usable or not. */
  public static List<Backend> all() {
    List<Backend> backends = new ArrayList<>();
    ServiceLoader.load(Backend.class).forEach(backends::add);
    backends.sort(Comparator.comparingInt(Backend::preference).reversed());
    return backends;
  }

  /**
   * @param device {@code auto}, {@code cpu} (the fastest that needs no GPU), or a backend's name
   * @throws ConvoyException if there is no such device or it cannot be used, with the reason
   */
  public static Choice choose(String device) {
    return switch (device) {
      case "auto" -> first(all());
      case "cpu" -> first(all().stream().filter(b -> !b.name().equals("cuda")).toList());
      default -> named(device);
    };
  }

  private static Choice first(List<Backend> candidates) {
    StringBuilder refused = new StringBuilder();
    for (Backend backend : candidates) {
      Optional<String> reason = backend.unavailable();
      if (reason.isEmpty()) {
        return new Choice(backend, "using " + backend.name() + refused);
      }
      refused.append("; ").append(backend.name()).append(": ").append(reason.get());
    }
    throw new ConvoyException("no usable backend" + refused);
  }

  private static Choice named(String device) {
    List<Backend> all = all();
    for (Backend backend : all) {
      if (backend.name().equals(device)) {
        Optional<String> reason = backend.unavailable();
        if (reason.isPresent()) {
          throw new ConvoyException("device " + device + ": " + reason.get());
        }
        return new Choice(backend, "using " + device + " as asked");
      }
    }
    List<String> names = all.stream().map(Backend::name).toList();
    throw new ConvoyException(
        "unknown device " + device + "; use auto, cpu or one of " + String.join(", ", names));
  }
}
