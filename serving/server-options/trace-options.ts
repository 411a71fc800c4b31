import type { Catalog } from '../../protocol/catalog';
import type { TraceSettings } from '../../protocol/control/server-options';
import { changedTrace, defaultTrace, traceSettings, type TraceSetting } from './trace-setting';

/** A setting in force, with what has happened since it was changed. */
interface Tracing {
  readonly own: Partial<TraceSetting>;
  requests: number;
  traced: number;
}

/** Trace settings of all models and of single ones, and which requests they want traced. */
export class TraceOptions {
  readonly #catalog: Catalog;
  #global: Tracing = startedWith({});
  readonly #models = new Map<string, Tracing>();
  /** Nothing at all is traced. */
  #off = true;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** Throws unknown_model. */
  of(model: string): TraceSettings {
    if (model !== '') this.#catalog.model(model);
    return traceSettings(this.#setting(model));
  }

  /** Throws invalid_request, unknown_model, unsupported. */
  change(model: string, changes: TraceSettings): TraceSettings {
    if (model === '') this.#global = startedWith(changedTrace(this.#global.own, changes));
    else this.#changeModel(model, changes);
    this.#off = ![this.#global, ...this.#models.values()].some(
      ({ own }) => own.timestamps === true,
    );
    return this.of(model);
  }

  /** True for a request that is to be traced; counts it. */
  wants(model: string): boolean {
    if (this.#off) return false;
    const { timestamps, rate, count } = this.#setting(model);
    if (!timestamps) return false;
    const tracing = this.#models.get(model) ?? this.#global;
    tracing.requests += 1;
    if (tracing.requests % rate !== 0 || (count >= 0 && tracing.traced >= count)) return false;
    tracing.traced += 1;
    return true;
  }

  #changeModel(model: string, changes: TraceSettings): void {
    this.#catalog.model(model);
    const own = changedTrace(this.#models.get(model)?.own ?? {}, changes);
    this.#models.delete(model);
    if (Object.keys(own).length > 0) this.#models.set(model, startedWith(own));
    const there = new Set(this.#catalog.models().map(({ name }) => name));
    for (const name of this.#models.keys()) if (!there.has(name)) this.#models.delete(name);
  }

  #setting(model: string): TraceSetting {
    return { ...defaultTrace, ...this.#global.own, ...this.#models.get(model)?.own };
  }
}

function startedWith(own: Partial<TraceSetting>): Tracing {
  return { own, requests: 0, traced: 0 };
}
