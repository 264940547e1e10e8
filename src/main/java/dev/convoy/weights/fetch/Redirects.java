package dev.convoy.weights.fetch;

import dev.convoy.ConvoyException;
import dev.convoy.OneLine;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.Optional;
import java.util.Set;

/**
 * Where an answer may lead: at most {@value #MOST} times, only to https, and from the network never
 * to this machine.
 */
final class Redirects {

  private static final int MOST = 5;
  private static final Set<Integer> STATUS = Set.of(301, 302, 303, 307, 308);

  private final URI origin;
  private URI current;
  private int count;

  Redirects(URI origin) {
    this.origin = origin;
    current = origin;
  }

  URI current() {
    return current;
  }

  /** Whether to ask again, elsewhere. */
  boolean follow(HttpResponse<?> response) {
    return follow(response.statusCode(), response.headers().firstValue("Location"));
  }

  boolean follow(int status, Optional<String> to) {
    if (!STATUS.contains(status)) {
      return false;
    }
    if (++count > MOST) {
      throw refuse("redirects more than %d times".formatted(MOST));
    }
    String location = to.orElseThrow(() -> refuse("redirects without saying where to"));
    try {
      current = current.resolve(location);
    } catch (IllegalArgumentException e) {
      throw refuse("redirects to " + OneLine.quoted(location) + ", which is no address");
    }
    if (RemoteFile.isThisMachine(current) && !RemoteFile.isThisMachine(origin)) {
      throw refuse("redirects to " + OneLine.of(current.toString()) + " on this machine");
    }
    RemoteFile.requireAllowed(current);
    return true;
  }

  private ConvoyException refuse(String reason) {
    return new ConvoyException("address " + OneLine.of(origin.toString()) + ": " + reason);
  }
}
