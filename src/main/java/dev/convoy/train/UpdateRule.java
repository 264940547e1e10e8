package dev.convoy.train;

import dev.convoy.ConvoyException;
import dev.convoy.nn.Parameter;
import dev.convoy.optim.Optimizer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the gradients of a step change each parameter.
 *
 * @param optimizer for all parameters but those of the exceptions below
 * @param normWeightDecay weight decay of the parameters of normalisations; null for the optimiser's
 * @param biasWeightDecay weight decay of all biases, those of normalisations included, as
 *     torchvision's training script has it; null for the optimiser's
 * @param rateFactors by path of a layer or parameter: what the learning rate is multiplied by in
 *     it; the longest path that leads to a parameter counts
 * @param clipNorm the gradients of all parameters together are shortened to this length (Pascanu,
 *     Mikolov and Bengio, 2013); 0 for never
 * @param accumulate steps whose gradients are averaged for one update, at least 1
 */
public record UpdateRule(
    Optimizer optimizer,
    @Nullable Double normWeightDecay,
    @Nullable Double biasWeightDecay,
    Map<String, Double> rateFactors,
    double clipNorm,
    int accumulate) {

  public UpdateRule {
    rateFactors = Map.copyOf(rateFactors);
    if (!(clipNorm >= 0) || Double.isInfinite(clipNorm)) {
      throw new ConvoyException(
          "gradient norm " + clipNorm + ": must be a finite number of at least 0");
    }
    if (accumulate < 1) {
      throw new ConvoyException("accumulated steps " + accumulate + ": must be at least 1");
    }
  }

  /** The same for every parameter, in every step. */
  public static UpdateRule of(Optimizer optimizer) {
    return new UpdateRule(optimizer, null, null, Map.of(), 0, 1);
  }

  Optimizer optimizerOf(Parameter parameter) {
    Double decay =
        parameter.bias() && biasWeightDecay != null
            ? biasWeightDecay
            : parameter.normalizes() ? normWeightDecay : null;
    return decay == null ? optimizer : optimizer.withWeightDecay(decay);
  }

  double rateFactorOf(Parameter parameter) {
    String path = parameter.path();
    String longest = null;
    for (String candidate : rateFactors.keySet()) {
      boolean leads = path.equals(candidate) || path.startsWith(candidate + ".");
      if (leads && (longest == null || candidate.length() > longest.length())) {
        longest = candidate;
      }
    }
    return longest == null ? 1 : rateFactors.getOrDefault(longest, 1.0);
  }
}
