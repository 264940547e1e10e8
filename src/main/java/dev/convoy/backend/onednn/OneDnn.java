package dev.convoy.backend.onednn;

import dev.convoy.ConvoyException;
import dev.convoy.tensor.DType;
import java.util.Optional;
import org.bytedeco.dnnl.dnnl_version_t;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.stream;

/** The library itself: one CPU engine and one stream for the process. */
final class OneDnn {

  static {
    // JavaCPP would otherwise cap native memory at the heap's size and collect garbage near the
    // cap.
    System.setProperty("org.bytedeco.javacpp.maxBytes", "0");
    System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
  }

  static final engine ENGINE = new engine(engine.kind.cpu, 0);
  static final stream STREAM = new stream(ENGINE);

  private OneDnn() {}

  /** Attributes that have every primitive use the program's scratchpad instead of its own. */
  static primitive_attr attributes() {
    primitive_attr attributes = new primitive_attr();
    attributes.set_scratchpad_mode(dnnl.scratchpad_mode.user);
    return attributes;
  }

  static String version() {
    dnnl_version_t version = dnnl.version();
    return version.major() + "." + version.minor() + "." + version.patch();
  }

  /** Why activations of an element type cannot be computed here; empty if they can. */
  static Optional<String> lacks(DType dtype) {
    return switch (dtype) {
      case F32 -> Optional.empty();
      case BF16 ->
          lacking(
              uses(dnnl.cpu_isa.avx512_core),
              "this CPU has no bf16 (oneDNN needs AVX-512 for it and uses %s)");
      case I8, U8 ->
          // Older CPUs add pairs of products in 16 bits.
          lacking(
              uses(dnnl.cpu_isa.avx512_core_vnni) || uses(dnnl.cpu_isa.avx2_vnni),
              "this CPU has no VNNI, without which 8-bit products overflow (oneDNN uses %s)");
      default -> Optional.of("onednn computes in f32, bf16 and int8 alone");
    };
  }

  private static Optional<String> lacking(boolean there, String reason) {
    return there ? Optional.empty() : Optional.of(reason.formatted(instructionSet()));
  }

  /** Refuses products of 8-bit integers where they would come out wrong. */
  static void requireExactIntegers() {
    lacks(DType.I8)
        .ifPresent(
            lack -> {
              throw new ConvoyException(lack);
            });
  }

  /** Whether there are tiles, which multiply matrices of bf16 many times as fast as vectors. */
  static boolean hasAmx() {
    return uses(dnnl.cpu_isa.avx512_core_amx);
  }

  private static boolean uses(dnnl.cpu_isa least) {
    return (dnnl.get_effective_cpu_isa().value & least.value) == least.value;
  }

  /** The instruction set in use, for example {@code avx512_core_bf16}. */
  static String instructionSet() {
    return dnnl.get_effective_cpu_isa().intern().name();
  }
}
