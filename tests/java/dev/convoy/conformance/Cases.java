package dev.convoy.conformance;

import java.util.List;
import java.util.stream.Stream;

/** The cases of all operators. */
final class Cases {

  private Cases() {}

  static List<OpCase> all() {
    return Stream.of(
            Conv2dCases.all(),
            PoolCases.all(),
            QuantizedCases.all(),
            SpatialCases.all(),
            BatchNorm2dCases.all(),
            ElementwiseCases.all(),
            LocalResponseNormCases.all(),
            MatmulCases.all(),
            ShapeCases.all(),
            LossCases.all(),
            UpdateCases.all())
        .flatMap(List::stream)
        .toList();
  }
}
