import type { VersionEntry, VersionState } from '../../protocol/catalog';
import type { Assignment } from './placed-on';

/** What a host tells of where a version is to be. */
export function placedField(assignment: Assignment | undefined): Pick<VersionEntry, 'placed'> {
  switch (assignment?.kind) {
    case undefined:
      return {};
    case 'here':
    case 'kept':
    case 'unknown':
      return { placed: 'here' };
    case 'elsewhere':
    case 'nowhere':
      return { placed: assignment.kind };
  }
}

/** The state of a version that lies in the repository and is not loaded here, and why. */
export interface StoredState {
  readonly state: VersionState;
  readonly error: { readonly message: string };
}

/** Why a version is not loaded: what comes first counts. */
export interface NotLoaded {
  /** Its model was unloaded. */
  readonly unloaded: boolean;
  readonly onDemand: boolean;
  readonly assignment: Assignment | undefined;
}

export function storedAs({ unloaded, onDemand, assignment }: NotLoaded): StoredState {
  if (unloaded) return because('unloaded');
  if (onDemand) return because('loaded when it is asked for');
  switch (assignment?.kind) {
    case undefined:
      return because('not selected by version_policy');
    case 'unknown':
      return { ...because('waits until other modelhosts are known'), state: 'new' };
    case 'here':
    case 'kept':
      return { ...because('is to be loaded'), state: 'new' };
    case 'elsewhere':
      return because(`placed on ${assignment.hosts.join(', ')}`);
    case 'nowhere':
      return because(assignment.reason);
  }
}

function because(message: string): StoredState {
  return { state: 'unloaded', error: { message } };
}
