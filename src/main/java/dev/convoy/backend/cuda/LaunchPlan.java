package dev.convoy.backend.cuda;

import java.util.List;

/**
 * The launches that compute a node, in order.
 *
 * @param workspaceBytes memory that they share and that nobody else needs; its address is a
 *     multiple of 256
 */
public record LaunchPlan(List<Launch> launches, long workspaceBytes) {

  public LaunchPlan {
    launches = List.copyOf(launches);
  }

  static LaunchPlan of(Launch... launches) {
    return new LaunchPlan(List.of(launches), 0);
  }
}
