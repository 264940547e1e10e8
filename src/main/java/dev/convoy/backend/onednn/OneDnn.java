package dev.convoy.backend.onednn;

import dev.convoy.ConvoyException;
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

  /** Whether the instructions in use are AVX-512's, of which oneDNN's bf16 is made. */
  static boolean hasAvx512() {
    return uses(dnnl.cpu_isa.avx512_core);
  }

  /** Why products of 8-bit integers are not exact here: older CPUs add pairs of them in 16 bits. */
  static Optional<String> lacksVnni() {
    return uses(dnnl.cpu_isa.avx512_core_vnni) || uses(dnnl.cpu_isa.avx2_vnni)
        ? Optional.empty()
        : Optional.of(
            "this CPU has no VNNI, without which 8-bit products overflow (oneDNN uses %s)"
                .formatted(instructionSet()));
  }

  /** Refuses products of 8-bit integers where they would come out wrong. */
  static void requireVnni() {
    lacksVnni()
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
