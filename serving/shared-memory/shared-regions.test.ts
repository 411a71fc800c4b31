import { readFileSync } from 'node:fs';
import type { RegionPart } from '../../protocol/control/shared-memory';
import type { Caller } from '../../protocol/infer';
import type { Tensor } from '../../protocol/tensor';
import {
  clientRegions,
  codeOf,
  localCaller,
  SharedObjects,
} from '../../tests/support/shared-objects';
import { floats, floatsOf, strings } from '../../tests/support/servables';
import type { ClientRegions } from './shared-regions';

const objects = new SharedObjects('regions-test');
const me = process.getuid!();
const caller = localCaller();

let regions: ClientRegions;

beforeEach(() => {
  regions = clientRegions();
});

afterEach(() => {
  regions.close();
  objects.remove();
});

const region = (name: string, values: readonly number[]): void => {
  objects.register(regions, name, values);
};

const empty = (shape: number[]): Tensor => floats('x', shape, []);
const part = (name: string, offset: number, byteSize: number): RegionPart => {
  return { region: name, offset, byteSize };
};
const read = (at: RegionPart, shape: number[]): number[] =>
  floatsOf(regions.inputs([empty(shape)], [{ input: 0, ...at }], caller)[0]!);

describe('inputs', () => {
  test('are read from where they lie, small ones at once', () => {
    region('r', [1, 2, 3, 4]);
    expect(read(part('r', 4, 8), [2])).toEqual([2, 3]);
    const [tensor] = regions.inputs([empty([4])], [{ input: 0, ...part('r', 0, 16) }], caller);
    expect(tensor!.shared).toBeUndefined();
  });

  test('of two regions stand beside others', () => {
    region('a', [1]);
    region('b', [2]);
    const own = floats('own', [1], [3]);
    const inputs = regions.inputs(
      [empty([1]), own, empty([1])],
      [
        { input: 2, ...part('b', 0, 4) },
        { input: 0, ...part('a', 0, 4) },
      ],
      caller,
    );
    expect(inputs.map((input) => floatsOf(input)[0])).toEqual([1, 3, 2]);
  });

  test('that are large are read when they are asked for, and say where they lie', () => {
    const values = Array.from({ length: 20_000 }, (_, at) => at);
    region('r', values);
    const [tensor] = regions.inputs(
      [empty([19_999])],
      [{ input: 0, ...part('r', 4, 79_996) }],
      caller,
    );
    expect(tensor!.shared).toMatchObject({ at: 4, bytes: 79_996 });
    objects.create(
      'r',
      floats(
        'r',
        [20_000],
        values.map((value) => -value),
      ).data,
    );
    expect(floatsOf(tensor!).slice(0, 3)).toEqual([-1, -2, -3]);
  });

  test('have booleans of 0 and 1, and texts as they are', () => {
    const key = objects.create('r', Buffer.from([0, 2, 1]));
    regions.register({ name: 'r', key, offset: 0, byteSize: 3 }, caller);
    const bool: Tensor = { ...empty([3]), datatype: 'BOOL' };
    const [tensor] = regions.inputs([bool], [{ input: 0, ...part('r', 0, 3) }], caller);
    expect([...tensor!.data]).toEqual([0, 1, 1]);
    const { data } = strings('s', [1], ['x'.repeat(100_000)]);
    const texts = objects.create('s', data);
    regions.register({ name: 's', key: texts, offset: 0, byteSize: data.length }, caller);
    const text: Tensor = { ...empty([1]), datatype: 'BYTES' };
    const [long] = regions.inputs([text], [{ input: 0, ...part('s', 0, data.length) }], caller);
    expect(long!.shared).toBeUndefined();
    expect(Buffer.from(long!.data)).toEqual(Buffer.from(data));
  });

  test('lie in their region, in a region that is there, and are no more than a body may bring', () => {
    region('r', [1, 2]);
    expect(codeOf(() => read(part('r', 4, 8), [2]))).toBe('invalid_request');
    expect(codeOf(() => read(part('r', 2 ** 52, 4), [1]))).toBe('invalid_request');
    expect(codeOf(() => read(part('q', 0, 4), [1]))).toBe('unknown_region');
    region('large', new Array<number>(100_000).fill(1));
    const twice = [0, 1].map((input) => ({ input, ...part('large', 0, 400_000) }));
    expect(codeOf(() => regions.inputs([empty([1]), empty([1])], twice, caller))).toBe('too_large');
  });

  test('of an object that is made smaller are refused, early or late', () => {
    region('r', new Array<number>(20_000).fill(1));
    const [late] = regions.inputs(
      [empty([20_000])],
      [{ input: 0, ...part('r', 0, 80_000) }],
      caller,
    );
    objects.resize('r', 79_999);
    expect(codeOf(() => late!.data)).toBe('invalid_request');
    objects.resize('r', 4);
    expect(read(part('r', 0, 4), [1])).toEqual([1]);
    expect(codeOf(() => read(part('r', 4, 4), [1]))).toBe('invalid_request');
  });

  test('are there after the object lost its name, and not after the region was unregistered', () => {
    region('r', new Array<number>(20_000).fill(1));
    const lazily = (): Tensor =>
      regions.inputs([empty([20_000])], [{ input: 0, ...part('r', 0, 80_000) }], caller)[0]!;
    objects.remove();
    expect(floatsOf(lazily())[0]).toBe(1);
    const late = lazily();
    regions.unregister('', caller);
    expect(codeOf(() => late.data)).toBe('invalid_request');
    expect(codeOf(lazily)).toBe('unknown_region');
  });
});

describe('outputs', () => {
  const output = floats('y', [2], [7, 8]);

  test('are written to where they are wanted, and nowhere else', () => {
    region('r', [1, 2, 3, 4]);
    regions.write(output, part('r', 4, 12), caller);
    const bytes = readFileSync(objects.file('r'));
    expect([...new Float32Array(new Uint8Array(bytes).buffer)]).toEqual([1, 7, 8, 4]);
  });

  test('fit there', () => {
    region('r', [1, 2, 3, 4]);
    expect(
      codeOf(() => {
        regions.write(output, part('r', 0, 7), caller);
      }),
    ).toBe('invalid_request');
    expect(
      codeOf(() => {
        regions.checkOutput(part('r', 12, 8), caller);
      }),
    ).toBe('invalid_request');
    objects.resize('r', 15);
    expect(
      codeOf(() => {
        regions.write(output, part('r', 8, 8), caller);
      }),
    ).toBe('invalid_request');
    expect(readFileSync(objects.file('r'))).toHaveLength(15);
    regions.unregister('r', caller);
    expect(
      codeOf(() => {
        regions.write(output, part('r', 0, 8), caller);
      }),
    ).toBe('unknown_region');
  });
});

describe('who asks', () => {
  const others: [string, Caller][] = [
    ['another machine', { ...caller, peer: '10.0.0.1' }],
    ['nobody known', { ...caller, peer: '' }],
    ['the edge', localCaller({ 'shoal-edge': '1' })],
    ['a proxy', localCaller({ 'x-forwarded-for': '127.0.0.1' })],
    ['a page in a browser', localCaller({ origin: 'http://localhost' })],
  ];

  test.each(others)('is not %s', (_who, other) => {
    region('r', [1]);
    const key = objects.create('other', Buffer.alloc(4));
    const calls = [
      () => regions.status('', other),
      () => {
        regions.register({ name: 'o', key, offset: 0, byteSize: 4 }, other);
      },
      () => {
        regions.unregister('', other);
      },
      () => regions.inputs([empty([1])], [{ input: 0, ...part('r', 0, 4) }], other),
      () => {
        regions.checkOutput(part('r', 0, 4), other);
      },
      () => {
        regions.write(floats('y', [1], [1]), part('r', 0, 4), other);
      },
    ];
    expect(calls.map(codeOf)).toEqual(calls.map(() => 'forbidden'));
    expect(regions.status('', caller)).toHaveLength(1);
  });

  test.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])('may be %s', (peer) => {
    expect(regions.status('', { ...caller, peer })).toEqual([]);
  });

  test('sees only what is his own', () => {
    let user = me;
    regions = clientRegions({ users: { known: () => user, learn: () => undefined } });
    region('r', [1]);
    user = me + 1;
    expect(regions.status('', caller)).toEqual([]);
    expect(codeOf(() => regions.status('r', caller))).toBe('unknown_region');
    expect(codeOf(() => read(part('r', 0, 4), [1]))).toBe('unknown_region');
    expect(
      codeOf(() => {
        regions.checkOutput(part('r', 0, 4), caller);
      }),
    ).toBe('unknown_region');
    regions.unregister('r', caller);
    regions.unregister('', caller);
    user = me;
    expect(regions.status('', caller)).toHaveLength(1);
  });
});
