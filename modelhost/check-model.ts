import path from 'node:path';
import { checkConfig, checkPaddable } from './model-config/check-config';
import { paddedRows, servedSignature } from './model-config/padding';
import type { ModelFacts } from './onnx/model-facts';
import { readModelFacts } from './onnx/read-model';
import { refuseUnservable } from './onnx/refuse-unservable';
import type { ProbeModel } from './probe/probe-model';
import type { CheckModel, StoredFacts } from './repository/version-meta';

export interface CheckOptions {
  readonly probe: ProbeModel;
  readonly probeTimeMs: number;
  /** Asked at each try. */
  readonly probeMemoryBytes: () => number;
}

/**
 * The one way into the repository: what the file says of itself, what is known not to work, what
 * its configuration claims, and then a try in a process of its own.
 */
export function createModelCheck(options: CheckOptions): CheckModel {
  return async function checkModel(file, config) {
    const facts = await readModelFacts(file);
    await refuseUnservable(facts, path.dirname(file));
    checkConfig(config, facts.signature);
    const probe = await options.probe({
      path: file,
      signature: servedSignature(config, facts.signature),
      padTo: paddedRows(config, facts.signature),
      timeLimitMs: options.probeTimeMs,
      memoryLimitBytes: Math.floor(options.probeMemoryBytes()),
    });
    checkPaddable(config, probe);
    return { facts: storedFacts(facts), probe };
  };
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
