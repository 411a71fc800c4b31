import type { ChangeResult } from './changes/change';
import type { CostResult } from './costs/cost';
import type { DeadlineResult } from './deadlines/deadline-run';
import type { FaultResult } from './faults/fault';
import type { OverloadRun } from './overload/overload-run';
import type { LeverResult } from './levers/lever';
import type { MemoryRun } from './memory';
import type { Beside, Effort, Measured } from './sides';

/** The runtime by itself: one model, so many processes, so many rows a run. */
export interface BareResult {
  readonly model: string;
  readonly processes: number;
  readonly rows: number;
  readonly measured: Measured;
}

/** One scenario at one number of connections. */
export interface ScenarioResult {
  readonly scenario: string;
  /** Modelhosts of the clusters. */
  readonly hosts: number;
  readonly connections: number;
  readonly sides: Readonly<Record<string, Measured>>;
  /** Each cluster beside what it is compared with. */
  readonly beside: readonly Compared[];
}

/** A side beside another one. */
export interface Compared extends Beside {
  readonly side: string;
  readonly reference: string;
}

/** Everything that one call of the bench found out; what was not asked for is empty. */
export interface BenchResults {
  readonly date: string;
  readonly machine: {
    readonly cpus: number;
    readonly cpu: string;
    readonly node: string;
    readonly loadAverage: number;
  };
  readonly arguments: readonly string[];
  readonly effort: Effort;
  readonly bare: readonly BareResult[];
  readonly scenarios: readonly ScenarioResult[];
  /** The same over numbers of connections and of hosts. */
  readonly scale: readonly ScenarioResult[];
  readonly costs: readonly CostResult[];
  readonly changes: readonly ChangeResult[];
  readonly levers: readonly LeverResult[];
  readonly overload: OverloadRun | null;
  readonly deadlines: readonly DeadlineResult[];
  readonly faults: readonly FaultResult[];
  readonly memory: MemoryRun | null;
}
