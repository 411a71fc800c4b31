import { isServed, type ModelEntry, type Servable } from '../../protocol/catalog';
import type { Tensor } from '../../protocol/tensor';

interface Kept {
  readonly shelf: Shelf;
  readonly key: string;
  readonly outputs: readonly Tensor[];
  readonly bytes: number;
  /** Clock of the caller; Infinity where it is kept as long as there is room. */
  readonly until: number;
}

/** The answers of one version, those used last behind. */
interface Shelf {
  readonly model: string;
  readonly version: number;
  readonly sha256: string;
  readonly kept: Map<string, Kept>;
  bytes: number;
}

/** What one version takes, for the metrics. */
export interface ShelfSize {
  readonly model: string;
  readonly version: number;
  readonly answers: number;
  readonly bytes: number;
}

export interface AnswerCacheOptions {
  /** For all models together. */
  readonly maxBytes: number;
  /** What is served now; another list after each change. */
  readonly models: () => readonly ModelEntry[];
  /** Told of what has to leave because others need its room. */
  readonly onEvicted: (model: string, version: number) => void;
}

/** What an answer takes beside its data: objects, maps, names. */
const ownBytes = 512;

/** An answer larger than this part of all room would push out too many others. */
const largestPart = 1 / 4;

/**
 * Answers of models by what they were asked, in so many bytes; what was used least recently makes
 * room. What belongs to versions that are not served any more goes with the next use.
 */
export class AnswerCache {
  readonly #options: AnswerCacheOptions;
  /** By version; see `shelfKey`. */
  readonly #shelves = new Map<string, Shelf>();
  /** All answers, those used last behind. */
  readonly #order = new Set<Kept>();
  #bytes = 0;
  #swept: readonly ModelEntry[] | undefined;

  constructor(options: AnswerCacheOptions) {
    this.#options = options;
  }

  get(servable: Servable, key: string, now: number): readonly Tensor[] | undefined {
    this.#sweep();
    const kept = this.#shelves.get(shelfKey(servable))?.kept.get(key);
    if (kept === undefined) return undefined;
    if (kept.until <= now) {
      this.#drop(kept);
      return undefined;
    }
    this.#use(kept);
    return kept.outputs;
  }

  /** Keeps an answer; its tensors must not change any more, nor be views into anything larger. */
  put(servable: Servable, key: string, outputs: readonly Tensor[], now: number): void {
    this.#sweep();
    const { maxBytes } = this.#options;
    const bytes = outputs.reduce((sum, { data }) => sum + data.byteLength, ownBytes);
    const most = Math.min(maxBytes, servable.cache?.maxBytes ?? Infinity);
    if (bytes > Math.min(most, maxBytes * largestPart)) return;
    const shelf = this.#shelfOf(servable);
    const before = shelf.kept.get(key);
    if (before !== undefined) this.#drop(before);
    while (shelf.bytes + bytes > most) this.#evict(shelf.kept.values());
    while (this.#bytes + bytes > maxBytes) this.#evict(this.#order.values());
    const kept = { shelf, key, outputs, bytes, until: now + (servable.cache?.ttlMs ?? Infinity) };
    this.#shelves.set(shelfKey(servable), shelf);
    this.#use(kept);
    shelf.bytes += bytes;
    this.#bytes += bytes;
  }

  sizes(): ShelfSize[] {
    this.#sweep();
    return [...this.#shelves.values()].map(({ model, version, kept, bytes }) => ({
      model,
      version,
      answers: kept.size,
      bytes,
    }));
  }

  #shelfOf(servable: Servable): Shelf {
    const { model, version, cache } = servable;
    const sha256 = cache?.sha256 ?? '';
    return (
      this.#shelves.get(shelfKey(servable)) ?? {
        model,
        version,
        sha256,
        kept: new Map<string, Kept>(),
        bytes: 0,
      }
    );
  }

  #use(kept: Kept): void {
    kept.shelf.kept.delete(kept.key);
    kept.shelf.kept.set(kept.key, kept);
    this.#order.delete(kept);
    this.#order.add(kept);
  }

  /** Lets the first go. */
  #evict(from: Iterator<Kept>): void {
    const first = from.next();
    if (first.done === true) return;
    const { model, version } = first.value.shelf;
    this.#drop(first.value);
    this.#options.onEvicted(model, version);
  }

  #drop(kept: Kept): void {
    const { shelf } = kept;
    shelf.kept.delete(kept.key);
    shelf.bytes -= kept.bytes;
    this.#order.delete(kept);
    this.#bytes -= kept.bytes;
    const key = `${shelf.model}:${shelf.version}:${shelf.sha256}`;
    if (shelf.kept.size === 0 && this.#shelves.get(key) === shelf) this.#shelves.delete(key);
  }

  /** Lets go what belongs to versions that are not served, where anything has changed. */
  #sweep(): void {
    const models = this.#options.models();
    if (models === this.#swept) return;
    this.#swept = models;
    if (this.#shelves.size === 0) return;
    const served = new Set(
      models.flatMap(({ name, versions }) =>
        versions.filter(isServed).map(({ version, sha256 }) => `${name}:${version}:${sha256}`),
      ),
    );
    for (const [key, { kept }] of [...this.#shelves]) {
      if (!served.has(key)) for (const one of [...kept.values()]) this.#drop(one);
    }
  }
}

function shelfKey({ model, version, cache }: Servable): string {
  return `${model}:${version}:${cache?.sha256 ?? ''}`;
}
