import type { Caller } from '../infer';
import type { Tensor } from '../tensor';

/** A part of a client's shared memory on this machine. */
export interface SharedRegion {
  readonly name: string;
  /** Name of the object below /dev/shm, as `shm_open` takes it; a leading slash is not part of it. */
  readonly key: string;
  /** Where the region begins in the object, in bytes. */
  readonly offset: number;
  readonly byteSize: number;
}

/** Where in a region a tensor lies, or is to be written, as a request says. */
export interface RegionPart {
  readonly region: string;
  readonly offset: number;
  readonly byteSize: number;
}

/** The part in which the data of one of a request's inputs lies. */
export interface InputPart extends RegionPart {
  /** Which of the inputs. */
  readonly input: number;
}

/**
 * Regions that clients on the same machine have registered, and their bytes. Off unless
 * `SHARED_MEMORY=on`. Where it is on, every method throws forbidden for callers from elsewhere, and
 * nobody sees the regions of another user of the system.
 */
export interface SharedRegions {
  /** False where it is off: then there are no regions. */
  readonly offered: boolean;
  /**
   * To be awaited before the caller's first use of anything else here: finds out which user it is.
   * Undefined where that is known, or does not matter.
   */
  meet(caller: Caller): Promise<void> | undefined;
  /** One region, or all for ''. Throws unknown_region. */
  status(name: string, caller: Caller): readonly SharedRegion[];
  /**
   * Throws unsupported where it is off, conflict where the name is taken, invalid_request,
   * forbidden where the object is not the caller's own, overloaded where there are too many.
   */
  register(region: SharedRegion, caller: Caller): void;
  /** One region, or all for ''; that there is none is no error. No byte is touched afterwards. */
  unregister(name: string, caller: Caller): void;
  /**
   * The inputs with the data of those that lie in regions. Large ones are read when somebody asks
   * for their data: until the request is answered the bytes must not change. Throws
   * unknown_region, invalid_request, too_large.
   */
  inputs(inputs: readonly Tensor[], parts: readonly InputPart[], caller: Caller): readonly Tensor[];
  /** Throws what `write` would throw whatever the data: to be asked before anything is computed. */
  checkOutput(part: RegionPart, caller: Caller): void;
  /** Writes an output's data. Throws unknown_region, invalid_request where it does not fit. */
  write(output: Tensor, part: RegionPart, caller: Caller): void;
}
