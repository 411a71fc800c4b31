import type { LoadedServable, LoadOrder } from './runner-supervisor';

/** A version that the supervisor keeps loaded. */
export interface Entry {
  /** Another role alone makes another order. */
  order: LoadOrder;
  /** `<model>:<version>`. */
  readonly key: string;
  /** What its runner marks while it is at this version. */
  readonly mark: number;
  /** `wanted`: to be loaded, for the first time or again. */
  state: 'wanted' | 'ready';
  /** Settles with its first load. */
  readonly first: PromiseWithResolvers<LoadedServable>;
  /** False until `first` has settled: what happens before is told there and nowhere else. */
  settled: boolean;
}

export function newEntry(order: LoadOrder, mark: number): Entry {
  const key = keyOf(order.model, order.version);
  const first = promiseWithResolvers<LoadedServable>();
  return { order, key, mark, state: 'wanted', first, settled: false };
}

export interface PromiseWithResolvers<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

export function promiseWithResolvers<Value>(): PromiseWithResolvers<Value> {
  let resolve: (value: Value) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<Value>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

export function keyOf(model: string, version: number): string {
  return `${model}:${version}`;
}
