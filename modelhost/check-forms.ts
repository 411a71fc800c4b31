import { ShoalError } from '../core/errors';
import { servedSignature } from './model-config/padding';
import { unknownVersion } from './model-faults';
import type { ModelSnapshot, StoredVersion } from './repository/snapshot';
import { otherForm, type AskedForm } from './same-form';

/** Dialects read a request by the default version, whichever answers it. */
export function checkForms(
  { name, state, versions }: ModelSnapshot,
  wanted: readonly number[],
): void {
  const of = (version: number) => versions.find((each) => each.version === version);
  const standard = of(state.default);
  for (const version of wanted) {
    const stored = of(version);
    if (stored === undefined) throw unknownVersion(name, String(version));
    const why = standard && otherForm(askedForm(standard), askedForm(stored));
    if (why === undefined) continue;
    throw new ShoalError(
      'invalid_request',
      `Version ${version} of '${name}' cannot answer in place of version ${state.default}, ` +
        `the default: ${why}.`,
    );
  }
}

function askedForm({ config, meta }: StoredVersion): AskedForm {
  const configured = config.maxBatchSize ?? 0;
  return {
    signature: servedSignature(config, meta.facts.signature),
    image: config.image,
    mostRows: configured > 0 ? configured : Infinity,
  };
}
