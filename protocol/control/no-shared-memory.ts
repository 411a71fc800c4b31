import { ShoalError } from '../../core/errors';
import type { SharedRegions } from './shared-memory';

/** What clients see where sharing memory is not offered. */
export const noSharedRegions: SharedRegions = {
  offered: false,
  meet: () => undefined,
  status: (name) => {
    if (name === '') return [];
    throw unknownRegion(name);
  },
  register: () => {
    throw new ShoalError(
      'unsupported',
      'Shared memory is off here: the operator may turn it on with SHARED_MEMORY=on.',
    );
  },
  unregister: () => undefined,
  inputs: refuse,
  checkOutput: refuse,
  write: refuse,
};

function refuse(): never {
  throw new ShoalError(
    'invalid_request',
    'shared memory is not offered: it is off here (SHARED_MEMORY); send the tensors themselves',
  );
}

export function unknownRegion(name: string): ShoalError {
  return new ShoalError('unknown_region', `Unable to find shared memory region: '${name}'`);
}
