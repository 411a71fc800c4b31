import { ShoalError } from '../../core/errors';
import type { RefusedContent } from '../../protocol/cluster/heartbeat';

/** So many are kept of one version; beyond that the oldest go. */
const mostOfOne = 200;

interface Refused {
  readonly hash: string;
  readonly reason: string;
  readonly overMemory: boolean;
  readonly untilMs: number;
}

/** A version, as it is named in a servable. */
interface Version {
  readonly model: string;
  readonly version: number;
}

/**
 * The contents of requests that have killed runners twice: nobody runs them again until their time
 * is over. A host fills its own from the deaths of its runners, an inferrer its own from what all
 * hosts tell. Times are of one clock, that of performance.now() in the processes.
 */
export class RefusedContents {
  readonly #versions = new Map<string, Version & { readonly contents: Map<string, Refused> }>();

  /** False nearly always: then no request need be looked at. */
  get any(): boolean {
    return this.#versions.size > 0;
  }

  add(content: RefusedContent, now: number): void {
    const { model, version, hash, reason, overMemory = false, leftMs } = content;
    const key = keyOf({ model, version });
    const contents = this.#versions.get(key)?.contents ?? new Map<string, Refused>();
    const untilMs = Math.max(now + leftMs, contents.get(hash)?.untilMs ?? 0);
    contents.delete(hash);
    contents.set(hash, { hash, reason, overMemory, untilMs });
    const [oldest] = contents.keys();
    if (contents.size > mostOfOne && oldest !== undefined) contents.delete(oldest);
    this.#versions.set(key, { model, version, contents });
  }

  /** Whether anything of this version is refused, so that hashing pays. */
  concerns(which: Version, now: number): boolean {
    const key = keyOf(which);
    const contents = this.#versions.get(key)?.contents;
    if (contents === undefined) return false;
    for (const { hash, untilMs } of contents.values()) if (untilMs <= now) contents.delete(hash);
    if (contents.size === 0) this.#versions.delete(key);
    return contents.size > 0;
  }

  /** What the caller of a request with this content shall see; undefined where it may run. */
  refusal(which: Version, hash: string, now: number): ShoalError | undefined {
    const refused = this.#versions.get(keyOf(which))?.contents.get(hash);
    if (refused === undefined || refused.untilMs <= now) return undefined;
    const seconds = Math.ceil((refused.untilMs - now) / 1000);
    return new ShoalError(
      refused.overMemory ? 'insufficient_memory' : 'request_quarantined',
      `This input has killed the runners of model '${which.model}', version ${which.version} ` +
        `(${refused.reason}); it is refused for another ${seconds} s. Other inputs are served.`,
    );
  }

  /** All whose time is not over. */
  list(now: number): RefusedContent[] {
    return [...this.#versions.values()]
      .filter((each) => this.concerns(each, now))
      .flatMap(({ model, version, contents }) =>
        [...contents.values()].map(({ untilMs, ...refused }) => {
          return { model, version, ...refused, leftMs: untilMs - now };
        }),
      );
  }
}

function keyOf({ model, version }: Version): string {
  return `${version} ${model}`;
}
