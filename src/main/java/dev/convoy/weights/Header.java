package dev.convoy.weights;

import java.util.List;
import java.util.Map;

/** What a header says, in its own order. */
record Header(List<TensorEntry> entries, Map<String, String> metadata) {}
