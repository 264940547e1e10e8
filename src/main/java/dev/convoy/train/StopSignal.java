package dev.convoy.train;

/** A wish, from any thread, that training end after the current step. */
public final class StopSignal {

  private volatile boolean requested;

  public void request() {
    requested = true;
  }

  public boolean requested() {
    return requested;
  }
}
