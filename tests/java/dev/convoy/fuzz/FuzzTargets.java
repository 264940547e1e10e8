package dev.convoy.fuzz;

/** One class a reader, because Jazzer fuzzes one target in a process. */
final class FuzzTargets {

  private FuzzTargets() {}

  static final class Safetensors extends FuzzTarget {
    Safetensors() {
      super(Reader.SAFETENSORS);
    }
  }

  static final class TorchZip extends FuzzTarget {
    TorchZip() {
      super(Reader.TORCH_ZIP);
    }
  }

  static final class TorchLegacy extends FuzzTarget {
    TorchLegacy() {
      super(Reader.TORCH_LEGACY);
    }
  }

  static final class Keras extends FuzzTarget {
    Keras() {
      super(Reader.KERAS);
    }
  }

  static final class Onnx extends FuzzTarget {
    Onnx() {
      super(Reader.ONNX);
    }
  }

  static final class Checkpoint extends FuzzTarget {
    Checkpoint() {
      super(Reader.CHECKPOINT);
    }
  }

  static final class Settings extends FuzzTarget {
    Settings() {
      super(Reader.SETTINGS);
    }
  }

  static final class History extends FuzzTarget {
    History() {
      super(Reader.HISTORY);
    }
  }

  static final class ModelCard extends FuzzTarget {
    ModelCard() {
      super(Reader.MODEL_CARD);
    }
  }

  static final class Cifar10 extends FuzzTarget {
    Cifar10() {
      super(Reader.CIFAR10);
    }
  }

  static final class Idx extends FuzzTarget {
    Idx() {
      super(Reader.IDX);
    }
  }

  static final class Png extends FuzzTarget {
    Png() {
      super(Reader.PNG);
    }
  }

  static final class Jpeg extends FuzzTarget {
    Jpeg() {
      super(Reader.JPEG);
    }
  }

  static final class Calibration extends FuzzTarget {
    Calibration() {
      super(Reader.CALIBRATION);
    }
  }

  static final class Redirect extends FuzzTarget {
    Redirect() {
      super(Reader.REDIRECT);
    }
  }
}
