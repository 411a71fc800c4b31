import { ShoalError } from '../../core/errors';
import { unknownRegion } from '../../protocol/control/no-shared-memory';
import type {
  InputPart,
  RegionPart,
  SharedRegion,
  SharedRegions,
} from '../../protocol/control/shared-memory';
import type { Caller } from '../../protocol/infer';
import { normalData, sharedTensor, type Tensor } from '../../protocol/tensor';
import { leastSharedBytes } from '../link/shared-inputs';
import { SocketUsers, type CallerUsers } from './caller-user';
import { checkLocal, isLocal } from './local-caller';
import { openRegionFile, type RegionFile } from './region-file';

export interface SharedRegionsOptions {
  readonly maxRegions: number;
  /** Of all regions together. */
  readonly maxBytes: number;
  /** Of all inputs of one request together. */
  readonly maxRequestBytes: number;
  /** The system users who ask. */
  readonly users?: CallerUsers;
}

/** A region of which the object is open. */
interface OpenRegion extends SharedRegion {
  readonly file: RegionFile;
  /** Of the system, who registered it and who alone may use it. */
  readonly user: number;
}

/** Longest name of a region, in characters. */
const longestName = 255;

/** The regions of one process. */
export class ClientRegions implements SharedRegions {
  readonly offered = true;
  readonly #options: SharedRegionsOptions;
  readonly #users: CallerUsers;
  readonly #regions = new Map<string, OpenRegion>();

  constructor(options: SharedRegionsOptions) {
    this.#options = options;
    this.#users = options.users ?? new SocketUsers();
  }

  meet(caller: Caller): Promise<void> | undefined {
    return isLocal(caller) ? this.#users.learn(caller) : undefined;
  }

  status(name: string, caller: Caller): readonly SharedRegion[] {
    const regions = name === '' ? this.#ownRegions(caller) : [this.#find(name, caller)];
    return regions.map(({ name, key, offset, byteSize }) => ({ name, key, offset, byteSize }));
  }

  register(region: SharedRegion, caller: Caller): void {
    checkLocal(caller);
    checkRegion(region);
    this.#checkRoom(region);
    const user = this.#users.known(caller);
    if (user === undefined) throw unknownUser();
    const file = openRegionFile(region.key, user);
    const { size } = file;
    if (region.offset + region.byteSize <= size) {
      this.#regions.set(region.name, { ...region, file, user });
      return;
    }
    file.close();
    throw invalid(
      `Shared memory region '${region.name}': wanted ${region.byteSize} bytes from ` +
        `${region.offset} on, the object has ${size}.`,
    );
  }

  unregister(name: string, caller: Caller): void {
    for (const region of this.#ownRegions(caller)) {
      if (name !== '' && region.name !== name) continue;
      region.file.close();
      this.#regions.delete(region.name);
    }
  }

  inputs(
    inputs: readonly Tensor[],
    parts: readonly InputPart[],
    caller: Caller,
  ): readonly Tensor[] {
    this.#checkTotal(parts);
    const whole = [...inputs];
    for (const part of parts) {
      whole[part.input] = inputIn(this.#regionOf(part, caller), whole[part.input] as Tensor, part);
    }
    return whole;
  }

  checkOutput(part: RegionPart, caller: Caller): void {
    const { file } = this.#regionOf(part, caller);
    if (!file.writable)
      throw invalid(`shared memory region '${part.region}' may only be read here`);
  }

  write({ name, data }: Tensor, part: RegionPart, caller: Caller): void {
    this.checkOutput(part, caller);
    const { file, offset } = this.#regionOf(part, caller);
    const bytes = data.byteLength;
    if (bytes > part.byteSize) {
      throw invalid(
        `shared memory size specified with the request for output '${name}' (${part.byteSize} ` +
          `bytes) should be at least ${bytes} bytes to hold the results`,
      );
    }
    const at = offset + part.offset;
    if (at + bytes > file.size) throw tooSmall(part);
    if (written(file, data, at) !== bytes) {
      throw invalid(`output '${name}' could not be written: the system's shared memory is full`);
    }
  }

  /** Lets go of all of them. */
  close(): void {
    for (const { file } of this.#regions.values()) file.close();
    this.#regions.clear();
  }

  #checkRoom({ name, byteSize }: SharedRegion): void {
    const { maxRegions, maxBytes } = this.#options;
    if (this.#regions.has(name)) {
      throw new ShoalError('conflict', `shared memory region '${name}' already in manager`);
    }
    if (byteSize > maxBytes) {
      throw new ShoalError(
        'too_large',
        `Shared memory region '${name}': wanted a byte_size of at most ${maxBytes}, came ${byteSize}; ` +
          'register less or raise SHARED_MEMORY_BYTES.',
      );
    }
    let bytes = byteSize;
    for (const region of this.#regions.values()) bytes += region.byteSize;
    if (this.#regions.size < maxRegions && bytes <= maxBytes) return;
    throw new ShoalError(
      'overloaded',
      `Too much shared memory: with this region there would be ${this.#regions.size + 1} of ` +
        `${bytes} bytes, wanted at most ${maxRegions} of ${maxBytes}; unregister what is not used.`,
    );
  }

  /** As much as a body may bring: some of it has to be read into this process. */
  #checkTotal(parts: readonly InputPart[]): void {
    let bytes = 0;
    for (const { byteSize } of parts) bytes += byteSize;
    const { maxRequestBytes } = this.#options;
    if (bytes <= maxRequestBytes) return;
    throw new ShoalError(
      'too_large',
      `The inputs in shared memory: wanted at most ${maxRequestBytes} bytes, came ${bytes}; send ` +
        'less at a time or raise MAX_BODY_BYTES.',
    );
  }

  #ownRegions(caller: Caller): readonly OpenRegion[] {
    checkLocal(caller);
    const user = this.#users.known(caller);
    return [...this.#regions.values()].filter((region) => region.user === user);
  }

  #find(name: string, caller: Caller): OpenRegion {
    checkLocal(caller);
    const region = this.#regions.get(name);
    if (region === undefined || region.user !== this.#users.known(caller))
      throw unknownRegion(name);
    return region;
  }

  /** The region in which the part lies. */
  #regionOf({ region: name, offset, byteSize }: RegionPart, caller: Caller): OpenRegion {
    const region = this.#find(name, caller);
    if (offset + byteSize <= region.byteSize) return region;
    throw invalid(
      `Invalid offset + byte size for shared memory region: '${name}' has ${region.byteSize} ` +
        `bytes, wanted ${byteSize} from ${offset} on`,
    );
  }
}

/** The input with the data of its part, which is read at once where it is small or must be looked at. */
function inputIn({ file, offset }: OpenRegion, tensor: Tensor, part: RegionPart): Tensor {
  const bytes = part.byteSize;
  const at = offset + part.offset;
  const read = (): Uint8Array => {
    const data = Buffer.allocUnsafe(bytes);
    if (file.read(data, at) === bytes) return data;
    throw tooSmall(part);
  };
  const { name, datatype, shape } = tensor;
  const late = bytes >= leastSharedBytes && datatype !== 'BYTES' && datatype !== 'BOOL';
  return late
    ? sharedTensor(tensor, { file, at, bytes }, read)
    : { name, datatype, shape, data: normalData(datatype, read()) };
}

function unknownUser(): ShoalError {
  return new ShoalError(
    'forbidden',
    'Whose shared memory it is cannot be compared: the system does not say which user asks.',
  );
}

function checkRegion({ name, offset, byteSize }: SharedRegion): void {
  const named = name !== '' && name.length <= longestName && !/\p{Cc}/u.test(name);
  if (!named) {
    throw invalid(`Shared memory region: wanted a name of 1 to ${longestName} visible characters.`);
  }
  if (byteSize >= 1 && Number.isSafeInteger(offset + byteSize)) return;
  throw invalid(`Shared memory region '${name}': wanted a byte_size from 1, got ${byteSize}.`);
}

function written(file: RegionFile, data: Uint8Array, at: number): number {
  try {
    return file.write(data, at);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return 0;
    throw error;
  }
}

function tooSmall({ region }: RegionPart): ShoalError {
  return invalid(
    `shared memory region '${region}' is not there any more: its object has been made smaller, or ` +
      'it was unregistered meanwhile; register it again',
  );
}

function invalid(message: string): ShoalError {
  return new ShoalError('invalid_request', message);
}
