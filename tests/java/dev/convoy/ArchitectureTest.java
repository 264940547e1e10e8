package dev.convoy;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Dependencies point downwards only, and nobody names a backend. */
class ArchitectureTest {

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.convoy");

  @Test
  void dependenciesPointDownwards() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("cli")
        .definedBy("dev.convoy.cli..")
        .layer("train")
        .definedBy("dev.convoy.train..", "dev.convoy.inspect..", "dev.convoy.calibrate..")
        .layer("parts")
        .definedBy(
            "dev.convoy.data..",
            "dev.convoy.model..",
            "dev.convoy.onnx..",
            "dev.convoy.optim..",
            "dev.convoy.weights..")
        .layer("files")
        .definedBy("dev.convoy.files..")
        .layer("nn")
        .definedBy("dev.convoy.nn..")
        .layer("backend")
        .definedBy("dev.convoy.backend..")
        .layer("graph")
        .definedBy("dev.convoy.graph..")
        .layer("op")
        .definedBy("dev.convoy.op..")
        .layer("tensor")
        .definedBy("dev.convoy.tensor..")
        .whereLayer("cli")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("train")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("parts")
        .mayOnlyBeAccessedByLayers("cli", "train")
        .whereLayer("nn")
        .mayOnlyBeAccessedByLayers("cli", "train", "parts")
        .whereLayer("backend")
        .mayOnlyBeAccessedByLayers("cli", "train")
        .whereLayer("graph")
        .mayOnlyBeAccessedByLayers("cli", "train", "parts", "nn", "backend")
        .check(CLASSES);
  }

  @Test
  void lowestPackagesKnowNoneAbove() {
    noClasses()
        .that()
        .resideInAPackage("dev.convoy.tensor..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.convoy.op..", "dev.convoy.graph..", "dev.convoy.backend..")
        .check(CLASSES);
    noClasses()
        .that()
        .resideInAPackage("dev.convoy.op..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.convoy.graph..", "dev.convoy.nn..", "dev.convoy.onnx..", "dev.convoy.backend..")
        .check(CLASSES);
  }

  @Test
  void nobodyNamesABackend() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.convoy.backend..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.convoy.backend.*..")
        .check(CLASSES);
  }

  @Test
  void packagesFormNoCycles() {
    slices().matching("dev.convoy.(*)..").should().beFreeOfCycles().check(CLASSES);
  }
}
