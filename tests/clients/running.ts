import type { Target } from './client';

export interface StartedWay {
  readonly target: Target;
  /** What the servers have logged so far. */
  logs(): string;
  stop(): Promise<void>;
}

/** Servers of a way, and where they are reached. */
export interface Running extends Omit<StartedWay, 'target'> {
  readonly at: Omit<Target, 'way' | 'models' | 'scratch'>;
}
