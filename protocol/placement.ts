/** What the operator says of a modelhost, by name. */
export type HostLabels = Readonly<Record<string, string>>;

/** Which modelhosts are to have a version. */
export interface Placement {
  /** On so many of those that fit; null: on all of them. */
  readonly copies: number | null;
  /** Of each name one of these values, the name `host` being a modelhost's id; {}: every host fits. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
}

/** What label names and values consist of, as a regular expression. */
export const labelForm = '[A-Za-z0-9][A-Za-z0-9._/-]{0,62}';

/** Versions and where they are, in heartbeats. */
export function placedKey(model: string, version: number): string {
  return `${model}:${version}`;
}
