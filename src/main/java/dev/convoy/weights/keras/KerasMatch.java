package dev.convoy.weights.keras;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which model a file is of, and the name in the file of each of its layers.
 *
 * @param layers those of the family that the file has: one without its head lacks the dense ones
 */
record KerasMatch(KerasFamily family, Map<KerasLayer, String> layers) {

  /** The largest model all of whose layers are in the file: VGG-16's names are in VGG-19 too. */
  static Optional<KerasMatch> of(Map<String, List<KerasArray>> inFile) {
    Map<String, String> byBareName = new LinkedHashMap<>();
    inFile.keySet().forEach(name -> byBareName.put(name.replace('/', '_'), name));
    List<KerasMatch> matches = new ArrayList<>();
    for (KerasFamily family : KerasFamily.all()) {
      match(family, layer -> byName(layer, byBareName)).ifPresent(matches::add);
      if (hasSameClasses(family, inFile.keySet())) {
        Map<KerasLayer, String> numbered = numbered(family, inFile.keySet());
        match(family, layer -> numbered.getOrDefault(layer, "")).ifPresent(matches::add);
      }
    }
    return matches.stream().max(Comparator.comparingInt(match -> match.layers().size()));
  }

  private interface Naming {
    /** Empty if the file has no such layer. */
    String of(KerasLayer layer);
  }

  private static Optional<KerasMatch> match(KerasFamily family, Naming naming) {
    Map<KerasLayer, String> layers = new LinkedHashMap<>();
    for (KerasLayer layer : family.layers()) {
      String name = naming.of(layer);
      if (!name.isEmpty()) {
        layers.put(layer, name);
      } else if (layer.kind() != KerasLayer.Kind.DENSE) {
        return Optional.empty();
      }
    }
    return Optional.of(new KerasMatch(family, layers));
  }

  private static String byName(KerasLayer layer, Map<String, String> byBareName) {
    int hash = layer.name().indexOf('#');
    if (hash >= 0) {
      List<String> unnamed = ofClass(layer.name().substring(0, hash), byBareName.keySet());
      int index = Integer.parseInt(layer.name().substring(hash + 1));
      return index < unnamed.size() ? byBareName.getOrDefault(unnamed.get(index), "") : "";
    }
    for (String alternative : layer.name().split("\\|", -1)) {
      String name = byBareName.get(alternative);
      if (name != null) {
        return name;
      }
    }
    return "";
  }

  /** Keras 3 names layers by class, in the order of the model. */
  private static Map<KerasLayer, String> numbered(KerasFamily family, Collection<String> names) {
    Map<KerasLayer, String> numbered = new LinkedHashMap<>();
    for (KerasLayer.Kind kind : KerasLayer.Kind.values()) {
      List<String> ofClass = ofClass(kind.className(), names);
      List<KerasLayer> ofKind =
          family.layers().stream().filter(layer -> layer.kind() == kind).toList();
      for (int i = 0; i < Math.min(ofKind.size(), ofClass.size()); i++) {
        numbered.put(ofKind.get(i), ofClass.get(i));
      }
    }
    return numbered;
  }

  private static boolean hasSameClasses(KerasFamily family, Collection<String> names) {
    int total = 0;
    for (KerasLayer.Kind kind : KerasLayer.Kind.values()) {
      long expected = family.layers().stream().filter(layer -> layer.kind() == kind).count();
      int found = ofClass(kind.className(), names).size();
      boolean headless = kind == KerasLayer.Kind.DENSE && found == 0;
      if (found != expected && !headless) {
        return false;
      }
      total += found;
    }
    return total == names.size();
  }

  /** In the order of their numbers. */
  private static List<String> ofClass(String className, Collection<String> names) {
    return names.stream()
        .filter(name -> name.matches(className + "(_\\d{1,6})?"))
        .sorted(
            Comparator.comparingInt(
                name ->
                    name.length() == className.length()
                        ? 0
                        : Integer.parseInt(name.substring(className.length() + 1))))
        .toList();
  }
}
