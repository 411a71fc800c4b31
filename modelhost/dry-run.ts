import path from 'node:path';
import {
  tensorInformation,
  type TensorInformation,
} from '../protocol/dialects/fractal/model-information';
import { isVersionNumber } from '../protocol/model-name';
import { batchingOf } from './model-config/check-config';
import { emptyConfig, type ModelConfig } from './model-config/model-config';
import { servedSignature } from './model-config/padding';
import type { TriedVersion } from './memory/managed-version';
import type { Residency } from './memory/residency';
import { cannotBeServed, checkDescription, checkName } from './model-faults';
import type { PublishOptions, StagedUpload } from './models';
import type { Placements } from './placement/placements';
import type { RowTime } from './probe/probe-report';
import { modelConfigSource } from './repository/adopt-bare';
import { contentHash, nameOfModel, totalBytes } from './repository/content-hash';
import { withNextVersion } from './repository/model-state';
import type { Repository } from './repository/repository';
import { findSame } from './repository/snapshot';
import type { CheckedModel } from './repository/version-meta';

/** What an upload would do. */
export interface DryRun {
  readonly dry_run: true;
  readonly model: string;
  /** The number that it would get, or that of the version that is the same. */
  readonly version: number;
  /** It would be a new version. */
  readonly created: boolean;
  readonly sha256: string;
  readonly bytes: number;
  readonly inputs: readonly TensorInformation[];
  readonly outputs: readonly TensorInformation[];
  /** Processor time of loading. */
  readonly load_ms: number;
  /** Most that it took beyond an empty runner. */
  readonly memory_bytes: number;
  /** False where it did not run on made-up input, and nothing could be measured. */
  readonly ran: boolean;
  readonly row_us: readonly RowTime[];
  readonly batching: {
    readonly allowed: boolean;
    /** Rows together cost less than each alone, or the configuration asks for company. */
    readonly worthwhile: boolean;
    readonly max_rows: number;
    /** Why rows cannot be put together; empty where they can. */
    readonly why_not: string;
  };
  readonly ignored?: readonly string[];
  readonly unused?: readonly string[];
}

/** Checks and tries what lies in a staging place, and stores nothing. Throws what `publish` throws. */
export type TryUpload = (
  staged: Pick<StagedUpload, 'directory'>,
  options: Pick<PublishOptions, 'model' | 'config' | 'description' | 'files' | 'signal'>,
) => Promise<DryRun>;

/** Rows of the runs that are measured. */
const sizes = [1, 8, 32];

/** Who else may refuse a version; absent: nobody. */
export interface DryRunParts {
  readonly repository: Repository;
  readonly maxBatchRows: number;
  readonly placements?: Pick<Placements, 'wouldBe'>;
  readonly residency?: Pick<Residency, 'wouldRefuse'>;
}

export function createDryRun(parts: DryRunParts): TryUpload {
  const { repository, maxBatchRows } = parts;
  return async function dryRun(staged, { model, config: given, description, files, signal }) {
    checkName(model);
    checkDescription(description ?? '');
    const source = given ?? (await modelConfigSource(repository.storage, model));
    const config = source?.config ?? emptyConfig;
    const file = path.join(staged.directory, nameOfModel(files));
    const checked = await repository.check(file, config, { sizes, signal });
    await repository.refresh();
    const versions = repository.view().snapshot.models.get(model)?.versions ?? [];
    const sha256 = contentHash(files);
    const same = findSame(versions, sha256, source);
    const ignored = config.unknownFields;
    const version = same?.version ?? (await nextVersion(repository, model));
    const tried = { model, version, config, meta: { probe: checked.probe } };
    refuseUnserved(parts, tried, same === undefined);
    return {
      dry_run: true,
      model,
      version,
      created: same === undefined,
      sha256,
      bytes: totalBytes(files),
      ...measured(config, checked, maxBatchRows),
      ...(ignored.length === 0 ? {} : { ignored }),
    };
  };
}

/**
 * Throws model_rejected where no host is labelled as the placement wants, and insufficient_memory
 * where a new version is to be here and cannot have room.
 */
function refuseUnserved(
  { placements, residency }: DryRunParts,
  tried: TriedVersion,
  isNew: boolean,
): void {
  const { model, version, config } = tried;
  const { placement } = config;
  const assignment =
    placement === null ? undefined : placements?.wouldBe({ model, version, placement });
  if (assignment?.kind === 'nowhere') throw cannotBeServed(model, version, assignment.reason);
  const comesHere = isNew && assignment?.kind !== 'elsewhere';
  const refusal = comesHere ? residency?.wouldRefuse(tried) : undefined;
  if (refusal !== undefined) throw refusal;
}

async function nextVersion({ storage, states }: Repository, model: string): Promise<number> {
  const taken = (await storage.names(model)).filter(isVersionNumber).map(Number);
  return withNextVersion(await states.read(model), taken).lastVersion;
}

type Measured = Omit<DryRun, 'dry_run' | 'model' | 'version' | 'created' | 'sha256' | 'bytes'>;

function measured(config: ModelConfig, { facts, probe }: CheckedModel, rows: number): Measured {
  const { inputs, outputs } = servedSignature(config, facts.signature);
  const { allowed, gatherRows, maxRows } = batchingOf(config, facts.signature, probe, rows);
  return {
    inputs: inputs.map(tensorInformation),
    outputs: outputs.map(tensorInformation),
    load_ms: Math.round(probe.loadMs * 10) / 10,
    memory_bytes: probe.residentBytes,
    ran: probe.ran,
    row_us: probe.rowTimes ?? [],
    batching: {
      allowed,
      worthwhile: allowed && (gatherRows ?? maxRows) > 1,
      max_rows: allowed ? maxRows : 1,
      why_not: allowed ? '' : probe.whyNoBatch || 'the configuration forbids it',
    },
  };
}
