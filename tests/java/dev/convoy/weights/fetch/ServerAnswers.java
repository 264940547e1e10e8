package dev.convoy.weights.fetch;

import java.net.URI;
import java.util.Optional;

/** What servers may answer, for tests in other packages. */
public final class ServerAnswers {

  private static final int FOUND = 302;

  private ServerAnswers() {}

  /** Follows one redirect from an address on the network. */
  public static void redirect(String location) {
    new Redirects(URI.create("https://example.org/w")).follow(FOUND, Optional.of(location));
  }
}
