package dev.convoy.backend.onednn;

import dev.convoy.ConvoyException;
import dev.convoy.tensor.Shape;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Looks at all labels before a kernel writes anything. */
record LabelCheck(@Nullable Integer ignoreIndex, Shape labels, Complaint complaint) {

  /** What is thrown for a label that is no class. */
  @FunctionalInterface
  interface Complaint {
    ConvoyException about(Shape labels, int position, int label, int classes);
  }

  void run(Storage storage, int classes) {
    ByteBuffer elements = storage.buffer();
    boolean ignoring = ignoreIndex != null;
    int ignored = ignoring ? ignoreIndex : 0;
    for (int i = 0; i < labels.count(); i++) {
      int label = elements.getInt(4 * i);
      boolean allowed = label >= 0 && label < classes || ignoring && label == ignored;
      if (!allowed) {
        throw complaint.about(labels, i, label, classes);
      }
    }
  }
}
