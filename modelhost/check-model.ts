import path from 'node:path';
import { checkConfig, checkPaddable } from './model-config/check-config';
import { configuredWarmUps } from './model-config/warm-up';
import { paddedRows, servedSignature } from './model-config/padding';
import { plainLocation } from './onnx/external-files';
import type { ModelFacts } from './onnx/model-facts';
import { refuseMisnamed } from './onnx/model-format';
import { readModelFacts } from './onnx/read-model';
import { ownNewest, refuseUnservable, unknownNewest } from './onnx/refuse-unservable';
import type { ProbeOrder } from './probe/probe-report';
import type { QueuedProbe } from './probe/try-queue';
import type { CheckModel, StoredFacts } from './repository/version-meta';

export interface CheckOptions {
  /** Directory of the runtime's package, '' for the one that comes with the server. */
  readonly runtime: string;
  readonly probe: QueuedProbe;
  readonly probeTimeMs: number;
  /** Asked at each try. */
  readonly probeMemoryBytes: () => number;
}

/**
 * The one way into the repository: what the file says of itself, what is known not to work, what
 * its configuration claims, and then a try in a process of its own.
 */
export function createModelCheck(options: CheckOptions): CheckModel {
  const { runtime } = options;
  const newest = runtime === '' ? ownNewest : unknownNewest;
  return async function checkModel(file, config, also) {
    const { sizes, tell, signal } = also ?? {};
    const facts = await readModelFacts(file);
    refuseMisnamed(file, facts.format);
    await refuseUnservable(facts, path.dirname(file), newest);
    checkConfig(config, facts.signature);
    tell?.('checked');
    const order = (): ProbeOrder => ({
      path: file,
      signature: servedSignature(config, facts.signature),
      padTo: paddedRows(config, facts.signature),
      warmUps: configuredWarmUps(config, facts.signature),
      ...(sizes === undefined ? {} : { sizes }),
      runtime,
      timeLimitMs: options.probeTimeMs,
      memoryLimitBytes: Math.floor(options.probeMemoryBytes()),
    });
    const probe = await options.probe(order, also && { signal });
    checkPaddable(config, probe);
    tell?.('tried');
    const externalFiles = externalFilesOf(facts);
    const beside = externalFiles.length > 0 ? { externalFiles } : {};
    return { facts: storedFacts(facts), probe, ...beside };
  };
}

function externalFilesOf({ externalData }: ModelFacts): string[] {
  return [...new Set(externalData.map(({ location }) => plainLocation(location)))];
}

function storedFacts(facts: ModelFacts): StoredFacts {
  const { name, version } = facts.producer;
  return {
    signature: facts.signature,
    opsets: facts.opsets,
    producer: `${name} ${version}`.trim(),
    metadata: facts.metadata,
    docString: facts.docString,
    irVersion: facts.irVersion,
  };
}
