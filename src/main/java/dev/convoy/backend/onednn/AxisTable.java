package dev.convoy.backend.onednn;

import dev.convoy.op.AxisMap;
import java.nio.IntBuffer;
import org.bytedeco.javacpp.IntPointer;

/** A map along an axis, laid out as {@code native/separable2d.h} reads it. */
final class AxisTable {

  private final IntPointer table;

  AxisTable(AxisMap map) {
    int summands = 0;
    for (int output = 0; output < map.outputs(); output++) {
      summands += map.taps(output).size();
    }
    table = new IntPointer(3L + map.outputs() + 2L * summands);
    IntBuffer words = table.asBuffer();
    words.put(map.inputs()).put(map.outputs()).put(0);
    int start = 0;
    for (int output = 0; output < map.outputs(); output++) {
      start += map.taps(output).size();
      words.put(start);
    }
    for (int output = 0; output < map.outputs(); output++) {
      for (AxisMap.Tap tap : map.taps(output)) {
        words.put(tap.input()).put(Float.floatToRawIntBits((float) tap.weight()));
      }
    }
  }

  /** Valid as long as this object is reachable. */
  long address() {
    return table.address();
  }
}
