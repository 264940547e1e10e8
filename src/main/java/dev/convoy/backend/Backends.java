package dev.convoy.backend;

import dev.convoy.ConvoyException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The backends on the class path, and the choice among them. */
public final class Backends {

  /** A backend and one line that says why it was chosen and not others. */
  public record Choice(Backend backend, String reason) {}

  private static final Pattern NUMBERED = Pattern.compile("(\\w+):(\\d{1,4})");

  private Backends() {}

  /** All backends, most preferred first, usable or not. */
  public static List<Backend> all() {
    List<Backend> backends = new ArrayList<>();
    ServiceLoader.load(Backend.class).forEach(backends::add);
    backends.sort(Comparator.comparingInt(Backend::preference).reversed());
    return backends;
  }

  /**
   * With {@link DeviceOptions#DEFAULT}.
   *
   * @throws ConvoyException if there is no such device or it cannot be used, with the reason
   */
  public static Choice choose(String device) {
    return choose(device, DeviceOptions.DEFAULT);
  }

  /**
   * @param device {@code auto}, {@code cpu} (the fastest that needs no GPU), or a backend's name,
   *     of which {@code :INDEX} may follow
   * @param options its index is not looked at
   * @throws ConvoyException if there is no such device or it cannot be used, with the reason
   */
  public static Choice choose(String device, DeviceOptions options) {
    return switch (device) {
      case "auto" -> first(all(), options);
      case "cpu" -> first(all().stream().filter(b -> !b.name().equals("cuda")).toList(), options);
      default -> named(device, options);
    };
  }

  private static Choice first(List<Backend> candidates, DeviceOptions options) {
    StringBuilder refused = new StringBuilder();
    for (Backend backend : candidates) {
      Optional<String> reason = backend.unavailable().or(() -> doubts(backend));
      if (reason.isEmpty()) {
        return new Choice(backend.with(options.withIndex(0)), "using " + backend.name() + refused);
      }
      refused.append("; ").append(backend.name()).append(": ").append(reason.get());
    }
    throw new ConvoyException("no usable backend" + refused);
  }

  private static Optional<String> doubts(Backend backend) {
    return all().stream()
        .filter(trusted -> trusted.name().equals("reference"))
        .findFirst()
        .flatMap(trusted -> backend.doubts(() -> SelfCheck.difference(backend, trusted)));
  }

  private static Choice named(String device, DeviceOptions options) {
    Matcher numbered = NUMBERED.matcher(device);
    boolean indexed = numbered.matches();
    String name = indexed ? numbered.group(1) : device;
    int index = indexed ? Integer.parseInt(numbered.group(2)) : 0;
    List<Backend> all = all();
    for (Backend backend : all) {
      if (backend.name().equals(name)) {
        Optional<String> reason = backend.unavailable();
        if (reason.isPresent()) {
          throw new ConvoyException("device " + device + ": " + reason.get());
        }
        return new Choice(backend.with(options.withIndex(index)), "using " + device + " as asked");
      }
    }
    List<String> names = all.stream().map(Backend::name).toList();
    throw new ConvoyException(
        "unknown device "
            + device
            + "; use auto, cpu or one of "
            + String.join(", ", names)
            + " (cuda:1 for the second GPU)");
  }
}
