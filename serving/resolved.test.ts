import { ShoalError, type ErrorCode } from '../core/errors';
import type { Catalog, ModelEntry, Servable } from '../protocol/catalog';
import type { InferRequest, InferResponse } from '../protocol/infer';
import { context, request, servable } from '../tests/support/servables';
import { resolved } from './resolved';
import { StaleServable } from './stale-servable';

/** Resolves to what the test puts there; a refresh moves on to the next. */
class ScriptedCatalog implements Catalog {
  refreshes = 0;
  /** The generation above which the last refresh was to look for something. */
  than: number | undefined;
  onRefresh: () => Promise<void> = () => Promise.resolve();
  current: Servable | ShoalError;

  constructor(current: Servable | ShoalError) {
    this.current = current;
  }

  resolve(): Servable {
    if (this.current instanceof ShoalError) throw this.current;
    return this.current;
  }

  models(): readonly ModelEntry[] {
    return [];
  }

  model(name: string): ModelEntry {
    throw new ShoalError('unknown_model', name);
  }

  async refresh(_model: string, _deadline: number, than?: number): Promise<void> {
    this.refreshes += 1;
    this.than = than;
    await this.onRefresh();
  }
}

const old = servable([], []);
const fresh = { ...old, generation: 2, version: 2 };
const noHost = new ShoalError('no_host', 'nobody yet');
const asked: InferRequest = request(old, []);

function answer(of: Servable): Promise<InferResponse> {
  const { model, version } = of;
  return Promise.resolve({ model, version: String(version), outputs: [], host: 'h', batchRows: 1 });
}

describe('resolved', () => {
  test('a request that a host found stale is resolved again after a refresh', async () => {
    const catalog = new ScriptedCatalog(old);
    catalog.onRefresh = () => {
      catalog.current = fresh;
      return Promise.resolve();
    };
    const infer = resolved(catalog, (seen) =>
      seen.servable === old ? Promise.reject(new StaleServable('m')) : answer(seen.servable),
    );
    expect((await infer(asked, context())).version).toBe('2');
    expect([catalog.refreshes, catalog.than]).toEqual([1, old.generation]);
  });

  test('a model that changes many times meanwhile is followed until it is answered', async () => {
    const catalog = new ScriptedCatalog(old);
    catalog.onRefresh = () => {
      catalog.current = { ...old, generation: catalog.refreshes + 1 };
      return Promise.resolve();
    };
    const infer = resolved(catalog, ({ servable: { generation } }) =>
      generation < 30 ? Promise.reject(new StaleServable('m')) : answer(fresh),
    );
    expect((await infer(asked, context())).version).toBe('2');
    expect(catalog.refreshes).toBe(29);
  });

  test('what the catalog has learned by itself meanwhile is not looked for again', async () => {
    const catalog = new ScriptedCatalog(old);
    const infer = resolved(catalog, ({ servable: { generation } }) => {
      if (generation === 30) return answer(fresh);
      catalog.current = { ...old, generation: generation + 1 };
      return Promise.reject(new StaleServable('m'));
    });
    expect((await infer(asked, context())).version).toBe('2');
    expect(catalog.refreshes).toBe(0);
  });

  test('a host that stays ahead of what can be learned is waited for until the deadline', async () => {
    const catalog = new ScriptedCatalog(old);
    const infer = resolved(catalog, () => Promise.reject(new StaleServable('m')));
    const soon = context({ deadline: performance.now() + 400 });
    await expect(infer(asked, soon)).rejects.toMatchObject({ code: 'deadline_exceeded' });
    // Not as often as that can be asked.
    expect(catalog.refreshes).toBeLessThan(10);
  });

  test('a host that is ahead for a moment, until all of its runners know, is waited for', async () => {
    const catalog = new ScriptedCatalog(old);
    const known = performance.now() + 60;
    catalog.onRefresh = () => {
      if (performance.now() >= known) catalog.current = fresh;
      return Promise.resolve();
    };
    const infer = resolved(catalog, (seen) =>
      seen.servable === old ? Promise.reject(new StaleServable('m')) : answer(seen.servable),
    );
    expect((await infer(asked, context())).version).toBe('2');
  });

  test('before the first host has reported it waits for one', async () => {
    const catalog = new ScriptedCatalog(noHost);
    catalog.onRefresh = () => {
      catalog.current = fresh;
      return Promise.resolve();
    };
    const infer = resolved(catalog, (seen) => answer(seen.servable));
    expect((await infer(asked, context())).version).toBe('2');
  });

  test('but no longer than the request may take', async () => {
    const catalog = new ScriptedCatalog(noHost);
    catalog.onRefresh = () => new Promise(() => undefined);
    const infer = resolved(catalog, (seen) => answer(seen.servable));
    const soon = context({ deadline: performance.now() + 20 });
    await expect(infer(asked, soon)).rejects.toMatchObject({ code: 'deadline_exceeded' });
  });

  test('an unknown model is not waited for', async () => {
    const catalog = new ScriptedCatalog(new ShoalError('unknown_model', 'm'));
    const infer = resolved(catalog, (seen) => answer(seen.servable));
    await expect(infer(asked, context())).rejects.toMatchObject({ code: 'unknown_model' });
    expect(catalog.refreshes).toBe(0);
  });
});

describe('what a variant refuses', () => {
  const standard = { ...old, traffic: { variants: [{ version: 2, weight: 1 }] } };
  const variant = { ...old, version: 2 };
  const unnamed = { ...asked, version: '' };

  /** The version that answers, where the variant fails so; and those that have failed. */
  async function answering(code: ErrorCode): Promise<[string, number[]]> {
    const failed: number[] = [];
    const catalog = { resolve: (_: string, v: string) => (v === '2' ? variant : standard) };
    const infer = resolved(
      catalog as unknown as Catalog,
      ({ servable: of }) => {
        if (of === variant) throw new ShoalError(code, 'no');
        return answer(of);
      },
      (of) => failed.push(of.version),
    );
    const answered = infer(unnamed, context()).catch((error: unknown) => error as ShoalError);
    const found = await answered;
    return [found instanceof ShoalError ? found.code : found.version, failed];
  }

  test('by the form of a request the default is asked; what fails otherwise has failed', async () => {
    expect(await answering('invalid_request')).toEqual(['1', []]);
    expect(await answering('run_failed')).toEqual(['run_failed', [2]]);
    // Who has asked did not wait for the answer.
    expect(await answering('client_closed')).toEqual(['client_closed', []]);
  });
});
