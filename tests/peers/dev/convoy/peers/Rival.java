package dev.convoy.peers;

import dev.convoy.ConvoyException;

/** Whom Convoy is compared with. */
enum Rival {
  LIBTORCH("libtorch 2.10", LibtorchPeer.class),
  ONNXRUNTIME("ONNX Runtime 1.29", OnnxRuntimePeer.class);

  final String title;
  final Class<? extends Peer> program;

  Rival(String title, Class<? extends Peer> program) {
    this.title = title;
    this.program = program;
  }

  /**
   * Checks that this rival can do a case.
   *
   * @throws ConvoyException if it cannot
   */
  void check(Case what) {
    if (this == LIBTORCH) {
      TorchNetwork.named(what.model());
    }
    boolean able =
        this != ONNXRUNTIME || (what.mode() == Mode.INFER && what.precision() == Precision.F32);
    if (!able) {
      throw new ConvoyException(
          "case " + what + ": " + title + " is measured in infer f32 only; use libtorch");
    }
  }
}
