import type { VersionEntry } from '../protocol/catalog';
import { batchingOf } from './model-config/check-config';
import { emptyConfig } from './model-config/model-config';

const notMeasured = { canBatch: false, rowUs: { alone: 0, batched: 0 } };

/** A version that lies there and cannot be served. */
export function brokenEntry(version: number, reason: string): VersionEntry {
  const signature = { inputs: [], outputs: [] };
  return {
    version,
    state: 'failed',
    reason,
    sha256: '',
    bytes: 0,
    signature,
    batching: batchingOf(emptyConfig, signature, notMeasured, 1),
    image: null,
    timeoutMs: 0,
    opsets: {},
    producer: '',
    metadata: {},
    rowUs: { alone: 0, batched: 0 },
    runner: '',
  };
}
