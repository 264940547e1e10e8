package dev.convoy.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Names and shapes against torchvision 0.20, for Xception timm 1.0 and for CIFAR's ResNets
 * pytorch_resnet_cifar10, without their {@code num_batches_tracked}.
 */
class ParameterNamesTest {

  private static Layer published(String name) {
    ModelDescription model = ModelZoo.named(name);
    return model.build(model.input(), model.classes());
  }

  private static Map<String, String> shapes(String model) {
    return published(model).parameters().stream()
        .collect(Collectors.toMap(Parameter::path, p -> p.shape().toString()));
  }

  static List<String> names() {
    return ModelZoo.all().stream().map(ModelDescription::name).toList();
  }

  @ParameterizedTest
  @MethodSource("names")
  void eachNameStandsForOneParameter(String name) {
    assertThat(published(name).parameters()).extracting(Parameter::path).doesNotHaveDuplicates();
  }

  /** How many tensors a model has, and a few of them with their shapes. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "resnet18 | 102 | conv1.weight 64×3×7×7, bn1.running_mean 64, layer1.0.conv1.weight"
            + " 64×64×3×3, layer2.0.downsample.0.weight 128×64×1×1,"
            + " layer2.0.downsample.1.running_var 128, layer4.1.bn2.bias 512, fc.weight 1000×512",
        "resnet50 | 267 | layer1.0.downsample.0.weight 256×64×1×1, layer3.5.conv3.weight"
            + " 1024×256×1×1",
        "alexnet | 16 | features.0.weight 64×3×11×11, features.3.weight 192×64×5×5,"
            + " features.6.weight 384×192×3×3, features.8.weight 256×384×3×3, features.10.bias 256,"
            + " classifier.1.weight 4096×9216, classifier.4.weight 4096×4096, classifier.6.bias"
            + " 1000",
        "vgg16 | 32 | features.0.weight 64×3×3×3, features.28.weight 512×512×3×3,"
            + " classifier.0.weight 4096×25088, classifier.3.weight 4096×4096, classifier.6.weight"
            + " 1000×4096",
        "vgg11-bn | 54 | features.0.bias 64, features.1.running_var 64, features.25.weight"
            + " 512×512×3×3, features.26.weight 512",
        "googlenet | 305 | conv1.conv.weight 64×3×7×7, conv3.bn.running_mean 192,"
            + " inception3a.branch2.1.conv.weight 128×96×3×3, inception3a.branch3.1.conv.weight"
            + " 32×16×3×3, inception5b.branch4.1.bn.bias 128, aux1.conv.conv.weight 128×512×1×1,"
            + " aux2.fc1.weight 1024×2048, aux2.fc2.bias 1000, fc.weight 1000×1024",
        "inception-v3 | 484 | Conv2d_1a_3x3.conv.weight 32×3×3×3, Conv2d_3b_1x1.bn.weight 80,"
            + " Mixed_5b.branch5x5_2.conv.weight 64×48×5×5, Mixed_6a.branch3x3dbl_3.conv.weight"
            + " 96×96×3×3, Mixed_6c.branch7x7_2.conv.weight 160×160×1×7,"
            + " Mixed_6c.branch7x7dbl_5.conv.weight 192×160×1×7,"
            + " Mixed_7a.branch7x7x3_4.conv.weight 192×192×3×3,"
            + " Mixed_7b.branch3x3_2a.conv.weight 384×384×1×3,"
            + " Mixed_7c.branch3x3dbl_3b.conv.weight 384×384×3×1, Mixed_7c.branch_pool.bn.bias"
            + " 192, AuxLogits.conv1.conv.weight 768×128×5×5, AuxLogits.fc.weight 1000×768,"
            + " fc.bias 1000",
        "resnet20 | 97 | conv1.weight 16×3×3×3, layer2.0.conv1.weight 32×16×3×3,"
            + " layer3.2.bn2.running_var 64, linear.weight 10×64",
        "densenet121 | 606 | features.conv0.weight 64×3×7×7, features.norm0.bias 64,"
            + " features.denseblock1.denselayer1.norm1.running_mean 64,"
            + " features.denseblock1.denselayer6.conv1.weight 128×224×1×1,"
            + " features.transition1.conv.weight 128×256×1×1,"
            + " features.denseblock4.denselayer16.conv2.weight 32×128×3×3, features.norm5.weight"
            + " 1024, classifier.weight 1000×1024",
        "xception | 236 | conv1.weight 32×3×3×3, block1.rep.0.conv1.weight 64×1×3×3,"
            + " block1.rep.0.pointwise.weight 128×64×1×1, block1.rep.1.weight 128,"
            + " block2.rep.1.conv1.weight 128×1×3×3, block2.skip.weight 256×128×1×1,"
            + " block4.rep.7.pointwise.weight 728×728×1×1, block12.rep.5.running_mean 1024,"
            + " block12.skipbn.bias 1024, conv4.pointwise.weight 2048×1536×1×1, bn4.weight 2048,"
            + " fc.bias 1000",
        "efficientnet-b0 | 311 | features.0.0.weight 32×3×3×3, features.0.1.running_mean 32,"
            + " features.1.0.block.0.0.weight 32×1×3×3, features.1.0.block.1.fc1.weight 8×32×1×1,"
            + " features.1.0.block.2.0.weight 16×32×1×1, features.2.0.block.0.0.weight 96×16×1×1,"
            + " features.2.0.block.2.fc1.weight 4×96×1×1, features.7.0.block.3.1.bias 320,"
            + " features.8.0.weight 1280×320×1×1, classifier.1.weight 1000×1280",
        "efficientnet-b2 | 439 | features.1.1.block.1.fc1.bias 4, features.8.1.weight 1408"
      })
  void hasTheNamesAndShapesThatFilesHave(String model, int tensors, String some) {
    Map<String, String> shapes = shapes(model);
    assertThat(shapes.size()).isEqualTo(tensors);
    for (String entry : some.split(",\\s*")) {
      String[] nameAndShape = entry.strip().split("\\s+");
      assertThat(shapes).containsEntry(nameAndShape[0], nameAndShape[1]);
    }
  }

  @Test
  void convolutionsBeforeANormalizationHaveNoBias() {
    assertThat(shapes("resnet18")).doesNotContainKeys("conv1.bias", "layer1.0.conv1.bias");
    assertThat(shapes("resnet18")).doesNotContainKey("layer1.0.downsample.0.weight");
    assertThat(shapes("googlenet")).doesNotContainKey("conv1.conv.bias");
    assertThat(shapes("resnet20")).doesNotContainKey("layer2.0.shortcut.0.weight");
    assertThat(shapes("resnet20-conv-shortcut")).containsKey("layer1.0.shortcut.0.weight");
  }

  /** Counted in the definition: 3, 9 and 3 modules, six or seven to ten units of five tensors. */
  @Test
  void inceptionHasItsTensorsInTheirModules() {
    Map<String, Integer> counts = new TreeMap<>();
    published("inception-v3")
        .parameters()
        .forEach(p -> counts.merge(p.path().substring(0, p.path().indexOf('.')), 1, Integer::sum));
    Map<String, Integer> expected = new TreeMap<>();
    for (String stem : List.of("1a_3x3", "2a_3x3", "2b_3x3", "3b_1x1", "4a_3x3")) {
      expected.put("Conv2d_" + stem, 5);
    }
    List.of("5b", "5c", "5d").forEach(module -> expected.put("Mixed_" + module, 35));
    expected.put("Mixed_6a", 20);
    List.of("6b", "6c", "6d", "6e").forEach(module -> expected.put("Mixed_" + module, 50));
    expected.put("Mixed_7a", 30);
    List.of("7b", "7c").forEach(module -> expected.put("Mixed_" + module, 45));
    expected.put("AuxLogits", 12);
    expected.put("fc", 2);
    assertThat(counts).isEqualTo(expected);
  }
}
