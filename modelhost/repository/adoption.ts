import { ShoalError } from '../../core/errors';
import type { Logger } from '../../core/logging';
import { ofVersion } from '../model-faults';
import { readConfigFiles } from '../model-config/config-files';
import { abandonBare, adoptBare, adoptionFault, isNewBare } from './adopt-bare';
import type { AdoptionTools } from './adopt-bare';
import { adoptDirectory } from './adopt-directory';
import { versionFileName } from './layout';
import { withDefault, withFoundVersion } from './model-state';
import { createSettling, type Settling } from './settling';
import { isStorageFault } from './storage-fault';
import type { BareFile, BrokenVersion, ModelSnapshot, Snapshot } from './snapshot';

export interface AdoptionRound {
  /** The repository, or the list of faults, is another one now. */
  readonly changed: boolean;
  /** What may become a version soon: it may still be being copied, or another host is at it. */
  readonly pending: number;
}

/** Makes versions of what people put into the repository by hand. */
export interface Adoption {
  /** Looks at one snapshot. One call at a time. */
  run(snapshot: Snapshot): Promise<AdoptionRound>;
  /** What could not be adopted, by model; stays until the files are changed or gone. */
  faults(): ReadonlyMap<string, readonly BrokenVersion[]>;
}

export interface AdoptionOptions extends AdoptionTools {
  /** How long files have to stay as they are before they are looked into, in milliseconds. */
  readonly settleMs: number;
  readonly now: () => number;
  readonly logger: Logger;
  /** Called after each adoption, as the next ones may take long. */
  readonly onAdopted: () => void;
}

interface Fault extends BrokenVersion {
  readonly model: string;
  readonly stamp: string;
  /** Faults of the model are final; faults of the disk or the bucket are not. On the clock of `now`. */
  readonly retryAt: number;
}

type Outcome = 'unchanged' | 'pending' | 'changed';

const retryMs = 30_000;

/** Something to adopt: where, in which condition, and how. */
interface Candidate {
  readonly key: string;
  readonly stamp: string;
  readonly model: string;
  /** What it is listed with where it cannot be adopted. */
  readonly version: number;
  /** Resolves with the version that this host has made of it. */
  readonly adopt: () => Promise<number | undefined>;
}

export function createAdoption(options: AdoptionOptions): Adoption {
  return new RepositoryAdoption(options);
}

class RepositoryAdoption implements Adoption {
  readonly #options: AdoptionOptions;
  readonly #settling: Settling;
  readonly #faults = new Map<string, Fault>();

  constructor(options: AdoptionOptions) {
    this.#options = options;
    this.#settling = createSettling(options.settleMs, options.now);
  }

  async run(snapshot: Snapshot): Promise<AdoptionRound> {
    const outcomes: Outcome[] = [];
    const present = new Set<string>();
    for (const candidate of await this.#candidates(snapshot)) {
      present.add(candidate.key);
      outcomes.push(await this.#tryOne(candidate));
    }
    for (const key of this.#faults.keys()) if (!present.has(key)) this.#faults.delete(key);
    for (const model of snapshot.models.values()) {
      outcomes.push(await this.#keepUp(model, snapshot));
    }
    this.#settling.sweep();
    return {
      changed: outcomes.includes('changed'),
      pending: outcomes.filter((outcome) => outcome === 'pending').length,
    };
  }

  async #candidates(snapshot: Snapshot): Promise<Candidate[]> {
    const found: Candidate[] = [];
    for (const [model, bare] of snapshot.bare) {
      const current = snapshot.models.get(model);
      if (current === undefined || isNewBare(current.state, bare)) {
        found.push(await this.#bareCandidate(model, bare, current));
      }
    }
    for (const { name, unadopted } of snapshot.models.values()) {
      // The newest first: what is older is not to be the default on the way.
      for (const version of unadopted.toReversed()) {
        found.push(await this.#directoryCandidate(name, version));
      }
    }
    return found;
  }

  async #bareCandidate(
    model: string,
    bare: BareFile,
    current: ModelSnapshot | undefined,
  ): Promise<Candidate> {
    return {
      key: bare.file,
      stamp: `${bare.size} ${bare.mtimeMs} ${bare.etag} ${await this.#configStamp(model)}`,
      model,
      version: (current?.state.lastVersion ?? 0) + 1,
      adopt: () => adoptBare(this.#options, model, bare, current),
    };
  }

  async #directoryCandidate(model: string, version: number): Promise<Candidate> {
    const files = await this.#options.storage.versionStamp(model, version);
    return {
      key: `${model}.${version}`,
      stamp: `${files} ${await this.#configStamp(model)}`,
      model,
      version,
      adopt: () => adoptDirectory(this.#options, model, version),
    };
  }

  /** What the operator has written of a model, its configuration and labels. */
  #configStamp(model: string): Promise<string> {
    return this.#options.storage.modelStamp(model);
  }

  async #tryOne({ key, stamp, model, version, adopt }: Candidate): Promise<Outcome> {
    const fault = this.#faults.get(key);
    if (fault?.stamp === stamp && this.#options.now() < fault.retryAt) return 'unchanged';
    if (!this.#settling.settled(key, stamp)) return 'pending';
    let made: number | undefined;
    const work = async (): Promise<void> => {
      made = await adopt();
    };
    try {
      if (!(await this.#options.storage.claims.with(key, work))) return 'pending';
      if (made !== undefined) await this.#tellAdopted(model, made);
      this.#faults.delete(key);
      this.#options.onAdopted();
    } catch (error) {
      this.#options.logger.warn({ model, version, err: error }, 'a model cannot be adopted');
      const final = error instanceof ShoalError && !isStorageFault(error);
      const retryAt = final ? Infinity : this.#options.now() + retryMs;
      const reason = ofVersion(model, version, adoptionFault(error));
      this.#faults.set(key, { model, version, stamp, retryAt, reason });
    }
    return 'changed';
  }

  /** Of what is put there by hand nobody waits for an answer that could name such fields. */
  async #tellAdopted(model: string, version: number): Promise<void> {
    const { logger, storage } = this.#options;
    logger.info({ model, version }, 'adopted a model that was put there');
    const source = await readConfigFiles((name) =>
      storage.read(versionFileName(model, version, name)),
    );
    const ignored = source?.config.unknownFields ?? [];
    if (ignored.length === 0) return;
    logger.warn({ model, version, ignored }, 'fields of its configuration have no effect');
  }

  /** Brings the state up to what lies there and was not put there by the server. */
  async #keepUp(model: ModelSnapshot, snapshot: Snapshot): Promise<Outcome> {
    const { name, state, versions } = model;
    const newest = versions.at(-1)?.version ?? 0;
    if (newest > state.lastVersion) {
      await this.#options.states.update(name, (now) =>
        newest > now.lastVersion
          ? withFoundVersion(now, newest, new Date().toISOString())
          : undefined,
      );
      return 'changed';
    }
    if (state.adopted !== null && !snapshot.bare.has(name)) {
      if (!this.#settling.settled(`gone.${name}`, state.id)) return 'unchanged';
      await abandonBare(this.#options, model);
      this.#options.logger.info({ model: name }, 'its file has gone, and so does the model');
      return 'changed';
    }
    if (!lacksDefault(model) || !this.#settling.settled(`lost.${name}`, state.id)) {
      return 'unchanged';
    }
    await this.#options.states.update(name, (now) =>
      now.id === state.id ? withDefault(now, newest, new Date().toISOString()) : undefined,
    );
    this.#options.logger.warn({ model: name, version: newest }, 'the default version has gone');
    return 'changed';
  }

  faults(): ReadonlyMap<string, readonly BrokenVersion[]> {
    const byModel = new Map<string, BrokenVersion[]>();
    for (const { model, version, reason } of this.#faults.values()) {
      byModel.set(model, [...(byModel.get(model) ?? []), { version, reason }]);
    }
    return byModel;
  }
}

/** Somebody took the default version's directory away by hand. */
function lacksDefault({ state, versions, broken, unadopted }: ModelSnapshot): boolean {
  if (state.default === 0) return false;
  const there = [...versions, ...broken].map(({ version }) => version);
  return !there.includes(state.default) && !unadopted.includes(state.default);
}
