package dev.convoy.weights.torch;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.convoy.ConvoyException;
import dev.convoy.OneLine;
import java.io.ByteArrayInputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * The format since PyTorch 1.6: a zip file whose entries {@code <name>/data.pkl}, {@code
 * <name>/data/<key>} and {@code <name>/byteorder} are the pickle, the storages and the order of
 * their bytes.
 */
final class TorchZip {

  private static final int SIGNATURE = 0x504b0304;
  private static final int EMPTY_SIGNATURE = 0x504b0506;

  private final TorchSource source;
  private final ZipEntries entries;

  private TorchZip(TorchSource source, ZipEntries entries) {
    this.source = source;
    this.entries = entries;
  }

  static boolean isZip(Path file) throws IOException {
    try (InputStream in = new FileInputStream(file.toFile())) {
      byte[] head = in.readNBytes(4);
      int signature = head.length < 4 ? 0 : java.nio.ByteBuffer.wrap(head).getInt();
      return signature == SIGNATURE || signature == EMPTY_SIGNATURE;
    }
  }

  static TorchFile read(TorchSource source) throws IOException {
    try (ZipFile zip = new ZipFile(source.file().toFile())) {
      return new TorchZip(source, ZipEntries.of(zip, source)).read();
    } catch (ZipException e) {
      throw source.refuse(
          "its zip archive is damaged, incomplete or encrypted ("
              + OneLine.of(String.valueOf(e.getMessage()))
              + ")");
    }
  }

  private TorchFile read() throws IOException {
    String root = root();
    boolean bigEndian = isBigEndian(root);
    byte[] pickle = entries.read(root + "data.pkl", TorchLimits.PICKLE_BYTES);
    TorchStorages storages = new TorchStorages(source);
    PickleInput in =
        new PickleInput(source, "data.pkl", new ByteArrayInputStream(pickle), pickle.length);
    StateDict parameters =
        StateDict.in(PickleReader.read(in, new TorchGlobals(source, storages)), source);
    if (in.remaining() != 0) {
      throw in.refuse("%d bytes follow the pickle".formatted(in.remaining()));
    }
    return StorageBytes.tensors(parameters, readStorages(root, parameters, bigEndian), source);
  }

  private Map<String, byte[]> readStorages(String root, StateDict parameters, boolean bigEndian)
      throws IOException {
    Set<String> needed = StorageBytes.needed(parameters, source);
    Map<String, byte[]> bytes = new HashMap<>();
    for (TorchTensor tensor : parameters.tensors().values()) {
      TorchStorage storage = tensor.storage();
      if (needed.contains(storage.key()) && !bytes.containsKey(storage.key())) {
        byte[] content = entries.read(root + "data/" + storage.key(), Integer.MAX_VALUE);
        requireLength(storage, content.length);
        if (bigEndian) {
          reverseElements(content, storage.type().bytes());
        }
        bytes.put(storage.key(), content);
      }
    }
    return bytes;
  }

  private void requireLength(TorchStorage storage, int bytes) {
    if (bytes != storage.bytes()) {
      throw source.refuse(
          "storage %s has %d bytes, but its tensors say %d elements of %d"
              .formatted(storage.key(), bytes, storage.elements(), storage.type().bytes()));
    }
  }

  /** What comes before {@code data.pkl}, with its slash. */
  private String root() {
    String found = "";
    for (String name : entries.names()) {
      boolean pickle = name.equals("data.pkl") || name.endsWith("/data.pkl");
      if (pickle && !found.isEmpty()) {
        throw source.refuse("has several data.pkl; it is no file of torch.save");
      }
      found = pickle ? name : found;
    }
    if (found.isEmpty()) {
      throw source.refuse("is a zip archive without data.pkl; it is no file of torch.save");
    }
    String root = found.substring(0, found.length() - "data.pkl".length());
    if (entries.names().contains(root + "constants.pkl")) {
      throw programRefused();
    }
    return root;
  }

  private ConvoyException programRefused() {
    return source.refuse(
        "is a TorchScript program, not weights; save them with"
            + " torch.save(torch.jit.load(file).state_dict(), …)");
  }

  private boolean isBigEndian(String root) throws IOException {
    if (!entries.names().contains(root + "byteorder")) {
      return false;
    }
    String order = new String(entries.read(root + "byteorder", 16), US_ASCII).strip();
    return switch (order) {
      case "little" -> false;
      case "big" -> true;
      default -> throw source.refuse("byte order " + OneLine.quoted(order) + " is unknown");
    };
  }

  private static void reverseElements(byte[] content, int elementBytes) {
    for (int begin = 0; begin < content.length; begin += elementBytes) {
      for (int i = begin, j = begin + elementBytes - 1; i < j; i++, j--) {
        byte low = content[i];
        content[i] = content[j];
        content[j] = low;
      }
    }
  }
}
