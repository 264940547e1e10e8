package dev.convoy.backend;

import dev.convoy.ConvoyException;
import dev.convoy.graph.Variable;
import dev.convoy.tensor.Tensor;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongFunction;

/**
 * Variables in a backend's own memory, each in its place and as files store it.
 *
 * @param <P> the backend's places
 */
public abstract class PlacedState<P extends Place> implements State {

  private final Map<Variable, P> places;
  private long version;

  /**
   * @param places of {@link #placesFor}
   */
  protected PlacedState(Map<Variable, P> places) {
    this.places = Collections.unmodifiableMap(places);
  }

  /** Places for variables, without addresses yet. */
  public static <P extends Place> Map<Variable, P> placesFor(
      Collection<Variable> variables, LongFunction<P> newPlace) {
    Map<Variable, P> places = new LinkedHashMap<>();
    for (Variable variable : variables) {
      P place = newPlace.apply(MemoryPlan.aligned(variable.type().bytes()));
      place.pin();
      places.put(variable, place);
    }
    return places;
  }

  /** The places of the variables, for one program to add its own values to. */
  public final Map<Variable, P> forProgram() {
    Map<Variable, P> copies = new LinkedHashMap<>();
    places.forEach(
        (variable, place) -> {
          P copy = samePlace(place);
          copy.pin();
          copies.put(variable, copy);
        });
    return copies;
  }

  /** Another object for the same memory. */
  protected abstract P samePlace(P place);

  /** Copies what is in a place. */
  protected abstract void load(P place, Tensor target);

  /** Copies into a place. */
  protected abstract void store(Tensor source, P place);

  /** Places in the order in which they lie in memory. */
  protected final Map<Variable, P> places() {
    return places;
  }

  @Override
  public final Set<Variable> variables() {
    return places.keySet();
  }

  @Override
  public final Tensor read(Variable variable) {
    Tensor copy = Tensor.zeros(variable.type());
    load(place(variable), copy);
    return copy;
  }

  @Override
  public final void write(Variable variable, Tensor value) {
    if (!value.type().equals(variable.type())) {
      throw new ConvoyException("variable " + variable + " cannot hold " + value.type());
    }
    store(value, place(variable));
    version++;
  }

  protected final P place(Variable variable) {
    P place = places.get(variable);
    if (place == null) {
      throw new ConvoyException("no variable " + variable + " in this state");
    }
    return place;
  }

  @Override
  public final long version() {
    return version;
  }

  @Override
  public final void assigned() {
    version++;
  }

  @Override
  public long bytes() {
    return places.values().stream().mapToLong(Place::bytes).sum();
  }
}
