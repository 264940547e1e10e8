package dev.convoy.peers;

import dev.convoy.ConvoyException;
import dev.convoy.peers.LibtorchNetwork.Cast;
import org.bytedeco.pytorch.global.torch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures eager libtorch through its JavaCPP preset. */
@Command(
    name = "LibtorchPeer",
    mixinStandardHelpOptions = true,
    description = "Measures eager libtorch on the CPU and prints one JSON object.")
final class LibtorchPeer extends Peer {

  @Option(
      names = "--cast",
      defaultValue = "autocast",
      description = "how bf16 is had: autocast (the faster where measured), or whole for infer")
  private Cast cast = Cast.AUTOCAST;

  LibtorchPeer() {
    super(Rival.LIBTORCH);
  }

  @Override
  Measurement measure(Case what, Measuring measurement) {
    if (cast == Cast.WHOLE && what.mode() == Mode.TRAIN) {
      throw new ConvoyException("--cast whole is for infer only: SGD needs f32 weights");
    }
    if (!"1".equals(System.getenv("OPENBLAS_NUM_THREADS"))) {
      System.err.println(
          "warning: OPENBLAS_NUM_THREADS is not 1; OpenBLAS's threads will compete with OpenMP's");
    }
    torch.set_num_threads(threads());
    LibtorchNetwork network = new LibtorchNetwork(what, cast);
    return measurement.time(what.mode() == Mode.TRAIN ? network::train : network::infer);
  }

  public static void main(String[] arguments) {
    // Every tensor is closed by hand or by a scope: JavaCPP need not track, count or cap them.
    System.setProperty("org.bytedeco.javacpp.nopointergc", "true");
    System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    System.exit(execute(new LibtorchPeer(), arguments));
  }
}
