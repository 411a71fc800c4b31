import { ShoalError } from '../../../core/errors';
import type { ModelControl } from '../../control/model-control';
import type { ServerOptions } from '../../control/server-options';
import type { SharedRegions } from '../../control/shared-memory';

/** What is answered where a server has no part for it. */
export const noControl: ModelControl = {
  load: () => Promise.reject(notOffered('loading models on demand')),
  unload: () => Promise.reject(notOffered('unloading models on demand')),
};

export const noOptions: ServerOptions = {
  trace: () => new Map(),
  changeTrace() {
    throw notOffered('tracing');
  },
  log: () => new Map(),
  changeLog() {
    throw notOffered('a change of the log settings');
  },
};

export const noRegions: SharedRegions = {
  offered: false,
  status(name) {
    if (name === '') return [];
    throw new ShoalError(
      'unknown_region',
      `Unable to find system shared memory region: '${name.slice(0, 100)}'`,
    );
  },
  register() {
    throw notOffered('shared memory');
  },
  unregister: () => undefined,
  inputs() {
    throw notOffered('shared memory');
  },
  checkOutput() {
    throw notOffered('shared memory');
  },
  write() {
    throw notOffered('shared memory');
  },
};

function notOffered(what: string): ShoalError {
  return new ShoalError('unsupported', `This server does not offer ${what} over gRPC.`);
}
