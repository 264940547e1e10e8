package dev.convoy.data;

/**
 * The order of an epoch, from the seed and the epoch's number alone, the same on every machine and
 * Java version: whoever resumes needs to remember nothing else.
 *
 * <p>R. Durstenfeld's shuffle ("Algorithm 235", 1964) with numbers from SplitMix64 (G. Steele, D.
 * Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
 */
public final class EpochOrder {

  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  private EpochOrder() {}

  /** The numbers 0 to size−1 in the epoch's order. */
  public static int[] of(int size, long seed, int epoch) {
    int[] order = new int[size];
    fill(order, seed, epoch);
    return order;
  }

  /** As {@link #of}, into an array that is used again. */
  static void fill(int[] order, long seed, int epoch) {
    inOrder(order);
    // Mixing the seed first keeps (seed, epoch + 1) and (seed + 1, epoch) apart.
    long state = mix(mix(seed + GOLDEN_GAMMA) + epoch);
    for (int last = order.length - 1; last > 0; last--) {
      state += GOLDEN_GAMMA;
      // The upper half of a 32×32-bit product: below last+1, biased by less than 2⁻³² × size.
      int chosen = (int) (((mix(state) >>> 32) * (last + 1L)) >>> 32);
      int kept = order[chosen];
      order[chosen] = order[last];
      order[last] = kept;
    }
  }

  static void inOrder(int[] order) {
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
