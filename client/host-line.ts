/** A modelhost's line in the answer to a change. */
export interface HostLine {
  readonly host: string;
  readonly version: number;
  readonly state: 'ready' | 'waiting' | 'elsewhere' | 'failed';
  readonly ms: number;
  readonly reason?: string;
}
