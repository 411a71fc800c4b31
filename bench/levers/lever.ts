import type { Measured } from '../sides';
import type { LoadRequest } from '../load-request';

/** Something that was done for speed, and how to do without it from outside. */
export interface Lever {
  readonly name: string;
  /** By the scenario's name. */
  readonly scenario: string;
  readonly connections: number;
  readonly without: Without;
}

/** Another request that means the same, or a cluster with other settings. */
export type Without =
  | { readonly request: (request: LoadRequest) => LoadRequest }
  | { readonly settings: Readonly<Record<string, string>> };

/** One lever: the same load with it and without it, by turns. */
export interface LeverResult {
  readonly lever: string;
  readonly scenario: string;
  readonly connections: number;
  readonly used: Measured;
  readonly unused: Measured;
  /** Requests a second with the lever, divided by those without: the median over the rounds. */
  readonly ratio: number;
}
