import { ShoalError } from '../core/errors';
import { context } from '../tests/support/servables';
import {
  codeOf,
  eventually,
  freshRepository,
  serves,
  startHost,
  upload,
  type Host,
} from '../tests/support/model-store-host';
import { spread } from '../serving/variants/spread';
import { otherForm, type AskedForm } from './same-form';

freshRepository();

const half = {
  variants: [
    { version: 1, weight: 1 },
    { version: 2, weight: 1 },
  ],
};
const latest = { config: '{"version_policy": {"latest": {"num_versions": 1}}}' };

/** The versions that answer requests without a version, by dice. */
function answering({ store: { catalog } }: Host): number[] {
  const standard = catalog.resolve('iris', '');
  const { caller } = context();
  return [0.1, 0.9].map((dice) => spread(catalog, standard, caller, () => dice).version);
}

async function two(): Promise<Host> {
  const host = await startHost('a');
  await upload(host, 'iris', 'one');
  await upload(host, 'iris', 'two', latest);
  await eventually(host, () => serves(host, 'iris', '1') === 0);
  return host;
}

test('variants are loaded, answer by weight, and are let go when that ends', async () => {
  const host = await two();
  const { traffic, catalog } = host.store;
  await traffic.set('iris', half);
  expect(answering(host)).toEqual([1, 2]);
  expect(catalog.model('iris').traffic).toEqual(half);
  expect(catalog.resolve('iris', '')).toBe(catalog.resolve('iris', '2'));
  await traffic.end('iris');
  await traffic.end('iris');
  expect(answering(host)).toEqual([2, 2]);
  await eventually(host, () => serves(host, 'iris', '1') === 0);
  expect(await codeOf(traffic.end('none'))).toBe('unknown_model');
});

test('another host follows, and one that starts later', async () => {
  const host = await two();
  const other = await startHost('b');
  await host.store.traffic.set('iris', half);
  await eventually(other, () => answering(other).join() === '1,2');
  expect(answering(await startHost('c'))).toEqual([1, 2]);
});

test('a new default ends that, by request or by upload', async () => {
  const host = await two();
  const { traffic, naming } = host.store;
  await traffic.set('iris', half);
  await naming.setDefault('iris', 1);
  expect(answering(host)).toEqual([1, 1]);
  await traffic.set('iris', half);
  await upload(host, 'iris', 'three');
  expect(answering(host)).toEqual([3, 3]);
});

test('a variant is not deleted by itself', async () => {
  const host = await two();
  const { traffic, models } = host.store;
  await traffic.set('iris', half);
  await expect(models.remove('iris', '1')).rejects.toThrow('is a variant');
  await traffic.end('iris');
  await models.remove('iris', '1');
  expect(await codeOf(traffic.set('iris', half))).toBe('unknown_version');
});

test('one that cannot be served: nothing has changed', async () => {
  const host = await two();
  const { traffic, catalog } = host.store;
  host.supervisor.refused.set('iris:1', new ShoalError('insufficient_memory', 'too large'));
  await expect(traffic.set('iris', half)).rejects.toThrow('too large');
  expect(answering(host)).toEqual([2, 2]);
  expect(catalog.model('iris').held).toEqual([]);
});

test('one that takes fewer rows than the default is refused', async () => {
  const host = await startHost('a');
  const configs = ['{}', '{"max_batch_size": 8}', '{"max_batch_size": 4}', '{"max_batch_size": 0}'];
  for (const config of configs) await upload(host, 'iris', 'one', { config });
  const { traffic, naming, canary } = host.store;
  const shadow = (version: number) =>
    traffic.set('iris', { variants: [], shadow: { version, share: 1 } });
  await naming.setDefault('iris', 2);
  await shadow(1);
  await shadow(4);
  await expect(shadow(3)).rejects.toThrow('its max_batch_size is 4, less');
  await traffic.end('iris');
  const limits = { errorRate: 0.1, latencyRatio: null, disagreement: null, minRequests: 1 };
  const plan = { version: 3, steps: [100], everyMs: 1000, limits };
  expect(await codeOf(canary.begin('iris', plan))).toBe('invalid_request');
});

describe('a version that can answer for the default', () => {
  const x = { name: 'x', datatype: 'FP32', valueType: 'tensor(float)', shape: ['n', 4] } as const;
  const form = (inputs: object[], outputs: object[], more: Partial<AskedForm> = {}): AskedForm => ({
    signature: { inputs: inputs as never, outputs: outputs as never },
    image: null,
    mostRows: Infinity,
    ...more,
  });
  const fits = (one: AskedForm, other: AskedForm): boolean => otherForm(one, other) === undefined;

  test.each<[string, object[], boolean, boolean]>([
    ['the same', [x], true, true],
    ['a free size of another name', [{ ...x, shape: [null, 4] }], true, true],
    ['a rank left open', [{ ...x, shape: null }], true, true],
    ['a fixed size in place of a free one', [{ ...x, shape: [1, 4] }], false, true],
    ['a free size in place of a fixed one', [{ ...x, shape: ['n', 'm'] }], true, true],
    ['another size', [{ ...x, shape: ['n', 5] }], false, false],
    ['another rank', [{ ...x, shape: [4] }], false, false],
    ['another name', [{ ...x, name: 'y' }], false, false],
    ['another datatype', [{ ...x, datatype: 'FP64' }], false, false],
    ['one more', [x, { ...x, name: 'y' }], false, false],
  ])('%s: %#', (_what, tensors, asInputs, asOutputs) => {
    expect(fits(form([x], []), form(tensors, []))).toBe(asInputs);
    expect(fits(form([], [x]), form([], tensors))).toBe(asOutputs);
  });

  test('takes as many rows, and reads pictures alike', () => {
    const image = { layout: 'CHW', height: 1, width: 2, channels: 1, order: 'RGB' } as const;
    const pictures = (scale: number) =>
      form([x], [], { image: { ...image, scale, mean: [0], std: [1] } });
    expect(fits(form([x], [], { mostRows: 8 }), form([x], [], { mostRows: 4 }))).toBe(false);
    expect(fits(form([x], [], { mostRows: 8 }), form([x], []))).toBe(true);
    expect(fits(form([x], []), form([x], [], { mostRows: 8 }))).toBe(false);
    expect(fits(pictures(1), pictures(1))).toBe(true);
    expect([fits(pictures(1), pictures(2)), fits(pictures(1), form([x], []))]).toEqual([
      false,
      false,
    ]);
  });
});
