import { fakeRegistry, knownHost } from '../../tests/support/fake-registry';
import { hasGone, heardFirst, isUnheard, unlessLost } from './unless-lost';

const [a, b] = [knownHost('a'), knownHost('b')];
const silent = knownHost('a', { silent: true });
const anyOther = (): boolean => true;

/** Goes on until it is given up. */
const hanging = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('given up'));
    });
  });

describe('what a host is asked for', () => {
  test.each([
    ['is forgotten', [b]],
    ['comes back elsewhere', [knownHost('a', { url: 'http://a:9000' }), b]],
    ['is not heard of while another is', [silent, b]],
  ])('is given up when it %s', async (_what, then) => {
    const registry = fakeRegistry([a, b]);
    const done = unlessLost(registry, isUnheard(a, anyOther), hanging);
    registry.set(then);
    await expect(done).rejects.toThrow('given up');
  });

  test.each([
    ['nothing is heard of any', [silent, knownHost('b', { silent: true })]],
    ['none of the others can do it', [silent, knownHost('b', { draining: true })]],
  ])('is waited for as long as %s', async (_what, then) => {
    const registry = fakeRegistry([a, b]);
    let given = false;
    let end: (value: string) => void = () => undefined;
    const isLost = isUnheard(a, ({ draining }) => !draining);
    const done = unlessLost(registry, isLost, (signal) => {
      signal.addEventListener('abort', () => (given = true));
      return new Promise<string>((resolve) => (end = resolve));
    });
    registry.set(then);
    await new Promise((resolve) => setImmediate(resolve));
    end('done');
    expect([await done, given]).toEqual(['done', false]);
  });

  test('is not begun where the host is lost already', async () => {
    const registry = fakeRegistry([b]);
    let begun = false;
    const work = (): Promise<void> => {
      begun = true;
      return Promise.resolve();
    };
    await expect(unlessLost(registry, hasGone(a), work)).rejects.toMatchObject({
      code: 'host_lost',
    });
    expect(begun).toBe(false);
  });
});

test('those of which nothing is heard come last, else the order stays', () => {
  const others = ['d', 'c', 'b'].map((id) => knownHost(id));
  expect(heardFirst([silent, ...others]).map(({ id }) => id)).toEqual(['d', 'c', 'b', 'a']);
});
