import type { Handler } from '../exchange';

/** So many paths keep their handlers. */
const mostKept = 1000;

/** The handlers of the paths that are asked again and again. */
export class KeptHandlers {
  readonly #byPath = new Map<string, Handler>();

  get(path: string): Handler | undefined {
    return this.#byPath.get(path);
  }

  keep(path: string, handler: Handler): Handler {
    if (this.#byPath.size >= mostKept) this.#byPath.clear();
    this.#byPath.set(path, handler);
    return handler;
  }
}
