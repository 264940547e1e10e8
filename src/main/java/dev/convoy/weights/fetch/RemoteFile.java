package dev.convoy.weights.fetch;

import dev.convoy.ConvoyException;
import dev.convoy.OneLine;
import java.net.URI;
import java.util.Locale;
import java.util.Set;

/**
 * A file on the network.
 *
 * @param address https, or http on this machine
 * @param sha256 the beginning of its hash in lower-case hexadecimal, at least 8 digits; empty if
 *     not known
 * @param bytes its size at most
 */
public record RemoteFile(URI address, String sha256, long bytes) {

  /** Larger than any published network. */
  static final long MAX_BYTES = 16L << 30;

  private static final Set<String> THIS_MACHINE = Set.of("localhost", "127.0.0.1", "[::1]");

  /**
   * @throws ConvoyException if the address or the hash is not as above
   */
  public RemoteFile {
    requireAllowed(address);
    if (!sha256.matches("|[0-9a-f]{8,64}")) {
      throw new ConvoyException("sha256 " + OneLine.of(sha256) + ": must be 8 to 64 digits of hex");
    }
  }

  /**
   * An address alone; nothing about the content is known.
   *
   * @throws ConvoyException if it is no https address
   */
  public static RemoteFile of(String address) {
    try {
      return new RemoteFile(URI.create(address), "", MAX_BYTES);
    } catch (IllegalArgumentException e) {
      throw new ConvoyException("address " + OneLine.of(address) + ": is no valid URL", e);
    }
  }

  static boolean isThisMachine(URI address) {
    return THIS_MACHINE.contains(String.valueOf(address.getHost()));
  }

  static void requireAllowed(URI address) {
    String scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
    boolean allowed =
        address.getHost() != null
            && (scheme.equals("https") || scheme.equals("http") && isThisMachine(address));
    if (!allowed) {
      throw new ConvoyException(
          "address %s: only https is fetched; download it yourself and name the file"
              .formatted(OneLine.of(address.toString())));
    }
  }

  /** The last part of the address, of harmless characters. */
  String fileName() {
    String path = String.valueOf(address.getPath());
    String last = path.substring(path.lastIndexOf('/') + 1).replaceAll("[^A-Za-z0-9._-]", "_");
    String visible = last.replaceAll("^\\.+", "");
    return visible.isEmpty() ? "weights" : visible.substring(Math.max(0, visible.length() - 100));
  }
}
