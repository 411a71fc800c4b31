import { ShoalError } from '../../core/errors';
import type { Catalog, Servable } from '../../protocol/catalog';
import type { Caller } from '../../protocol/infer';
import type { Traffic } from '../../protocol/versions/traffic';
import { context, request, servable } from '../../tests/support/servables';
import { resolved } from '../resolved';
import { spread } from './spread';
import { createTrafficRules } from './traffic-rules';

const one = servable([], []);
const two = { ...one, version: 2 };
const traffic: Traffic = {
  variants: [
    { version: 1, weight: 1 },
    { version: 2, weight: 1 },
  ],
};

function catalog(standard: Servable, second: Servable | null = two): Catalog {
  return {
    resolve(_model: string, version: string) {
      if (version === '2' || version === 'stable') {
        if (second === null) throw new ShoalError('model_not_ready', 'no');
        return second;
      }
      return standard;
    },
  } as unknown as Catalog;
}

function caller(headers: Readonly<Record<string, string>> = {}): Caller {
  return { peer: '', header: (name) => headers[name] };
}

describe('a request without a version', () => {
  const standard = { ...one, traffic };

  test('is answered by what the dice choose', () => {
    expect(spread(catalog(standard), standard, caller(), () => 0.4)).toBe(standard);
    expect(spread(catalog(standard), standard, caller(), () => 0.6)).toBe(two);
  });

  test('is answered by the default where that cannot answer', () => {
    const none = catalog(standard, null);
    expect(spread(none, standard, caller(), () => 0.6)).toBe(standard);
  });

  test('with the header is answered alike whatever the dice say, without it by dice', () => {
    const sticky = { ...one, traffic: { ...traffic, sticky: { header: 'x-user' } } };
    const users = Array.from({ length: 50 }, (_, at) => {
      const asked = caller({ 'x-user': `u${at}` });
      const chosen = [0.1, 0.9].map((dice) => spread(catalog(sticky), sticky, asked, () => dice));
      expect(chosen[0]).toBe(chosen[1]);
      return chosen[0]!.version;
    });
    expect(new Set(users)).toEqual(new Set([1, 2]));
    for (const empty of [caller(), caller({ 'x-user': '' })]) {
      expect(spread(catalog(sticky), sticky, empty, () => 0.6)).toBe(two);
    }
  });
});

test('the default answers for one whose roll-back cannot be written, and nothing is copied', async () => {
  const shadow = { version: 2, share: 1 };
  const standard = { ...one, traffic: { variants: [{ version: 2, weight: 1 }], shadow } };
  const asked: number[] = [];
  const copied: number[] = [];
  const shadows = { copy: ({ version }: { version: number }) => copied.push(version) };
  let withheld = false;
  const infer = resolved(
    catalog(standard),
    ({ servable: { version } }) => {
      asked.push(version);
      return Promise.resolve({ model: 'm', version: '', outputs: [], host: '', batchRows: 1 });
    },
    undefined,
    createTrafficRules(
      catalog(standard),
      () => 0,
      shadows,
      () => withheld,
    ),
  );
  for (const now of [false, true, false]) {
    withheld = now;
    await infer({ ...request(standard, []), version: '' }, context());
  }
  expect([asked, copied]).toEqual([
    [2, 1, 2],
    [2, 2],
  ]);
});

test('a request that names a version or a label is never spread', async () => {
  const standard = { ...one, traffic: { variants: [{ version: 2, weight: 1 }] } };
  const asked: number[] = [];
  const infer = resolved(catalog(standard), ({ servable: { version } }) => {
    asked.push(version);
    return Promise.resolve({ model: 'm', version: '', outputs: [], host: '', batchRows: 1 });
  });
  for (const version of ['', '1', 'stable']) {
    await infer({ ...request(standard, []), version }, context());
  }
  expect(asked).toEqual([2, 1, 2]);
});
