package dev.convoy.weights.torch;

import java.util.List;

/**
 * What the names in a pickle mean. Values are those that {@link PickleReader} makes.
 *
 * <p>Each method throws {@link dev.convoy.ConvoyException} for what it does not know.
 */
interface PickleGlobals {

  /** A function or class by name. */
  Object named(String module, String name);

  /** What a call gives. */
  Object call(Object callable, List<Object> arguments);

  /** An object that is kept beside the pickle. */
  Object external(Object id);
}
