/** How long something about a model took, each time. */
export interface ChangeResult {
  readonly what: string;
  /** Modelhosts of the cluster. */
  readonly hosts: number;
  readonly times: readonly number[];
  /** What the bare runtime took for it, in turn with the cluster; empty where it has no such thing. */
  readonly bare: readonly number[];
}
