import { ShoalError } from '../core/errors';
import { answering } from '../protocol/answering';
import {
  eventually,
  freshRepository,
  serves,
  startHost,
  upload,
} from '../tests/support/model-store-host';
import { context } from '../tests/support/servables';
import { currentGeneration } from './current-generation';

freshRepository();

describe('the catalog', () => {
  test('servables stay the same object until something changes', async () => {
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    const before = host.store.catalog.resolve('iris', '');
    await upload(host, 'other', 'two');
    await host.store.models.update();
    expect(host.store.catalog.resolve('iris', '')).toBe(before);
    expect(host.store.catalog.resolve('iris', '1')).toBe(before);
  });

  test('what is not there, and what is not there yet', async () => {
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    const { catalog } = host.store;
    expect(() => catalog.resolve('x', '')).toThrow("Request for unknown model: 'x' is not found");
    expect(() => catalog.resolve('iris', '7')).toThrow(
      "Request for unknown model: 'iris' version 7 is not found",
    );
    const release = host.supervisor.hold('load late:1');
    const uploading = upload(host, 'late', 'two');
    await eventually(host, () => host.supervisor.events.includes('load late:1'));
    const error = await Promise.resolve()
      .then(() => catalog.resolve('late', ''))
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'model_not_ready', details: { retryAfter: 1 } });
    release();
    await uploading;
    expect(serves(host, 'late')).toBe(1);
  });

  test('a long poll answers at once to an old revision, and at the end of its time', async () => {
    const host = await startHost('a');
    const { catalog } = host.store;
    const first = await catalog.wait('', 60_000, new AbortController().signal);
    expect(first.models).toEqual([]);
    expect(await catalog.wait(first.revision, 20, new AbortController().signal)).toBe(first);
    const abort = new AbortController();
    const waiting = catalog.wait(first.revision, 60_000, abort.signal);
    abort.abort();
    expect((await waiting).revision).toBe(first.revision);
    const next = catalog.wait(first.revision, 60_000, new AbortController().signal);
    await upload(host, 'iris', 'one');
    expect((await next).revision).not.toBe(first.revision);
  });

  test('a host that stops keeps no long poll', async () => {
    const { catalog } = (await startHost('a')).store;
    const { revision } = catalog.current();
    const waiting = catalog.wait(revision, 60_000, new AbortController().signal);
    catalog.release();
    expect((await waiting).revision).toBe(revision);
    const later = await catalog.wait(revision, 60_000, new AbortController().signal);
    expect(later.revision).toBe(revision);
  });

  test('a version that fails later says why and others go on', async () => {
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    await upload(host, 'other', 'two');
    const error = new ShoalError('quarantined', 'It killed its runner twice.');
    host.supervisor.happens({ kind: 'failed', model: 'iris', version: 1, error });
    expect(() => host.store.catalog.resolve('iris', '')).toThrow('It killed its runner twice.');
    expect(host.store.catalog.model('iris').versions[0]).toMatchObject({ state: 'failed' });
    expect(serves(host, 'other')).toBe(1);
  });

  test('its default answer stands for a version that fails later', async () => {
    const outputs = [{ name: 'y', datatype: 'FP32', shape: [1, 3], data: [1, 0, 0] }];
    const config = JSON.stringify({ shoal: { default_answer: { outputs } } });
    const host = await startHost('a');
    await upload(host, 'iris', 'one', { config });
    const error = new ShoalError('quarantined', 'It killed its runner twice.');
    host.supervisor.happens({ kind: 'failed', model: 'iris', version: 1, error });
    const { catalog } = host.store;
    const iris = { model: 'iris', version: '' };
    for (const each of [catalog, catalog.held]) {
      const { defaultAnswer, refusal } = answering(each, iris);
      expect(defaultAnswer?.outputs).toMatchObject([{ name: 'y' }]);
      expect(refusal).toContain('It killed its runner twice.');
    }
    const parameters = new Map();
    const asked = { ...iris, id: '', inputs: [], outputs: [], parameters };
    const reached = currentGeneration(catalog, () => Promise.reject(new Error('reached')));
    await expect(reached(asked, context())).rejects.toThrow('reached');
  });
});
