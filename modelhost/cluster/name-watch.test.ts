import { NameWatch } from './name-watch';

const url = new URL('http://inferrer:8000');

beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] }));
afterEach(() => jest.useRealTimers());

function start(answer: (asked: number) => Promise<readonly string[]>) {
  const [told, warned]: [string[], string[]] = [[], []];
  let [asked, hurries] = [0, false];
  const watch = new NameWatch({
    urls: [url],
    hurries: () => hurries,
    onAddresses: (_, addresses) => told.push([...addresses].join()),
    logger: { warn: (_: unknown, line?: string) => warned.push(line ?? '') },
    lookUp: (name) => {
      expect(name).toBe('inferrer');
      asked += 1;
      return answer(asked);
    },
  });
  const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);
  const hurry = (): void => {
    hurries = true;
  };
  return { watch, told, warned, pass, hurry, asked: () => asked };
}

test('looks at once, then each five seconds, and each half in a hurry; not when closed', async () => {
  const { watch, told, pass, hurry } = start((asked) => Promise.resolve([`10.0.0.${asked}`]));
  await pass(4_900);
  expect(told).toEqual(['10.0.0.1']);
  await pass(200);
  expect(told).toHaveLength(2);
  hurry();
  await pass(1_500);
  expect(told).toHaveLength(5);
  watch.close();
  await pass(60_000);
  expect(told).toHaveLength(5);
});

test('says once that a name has no address, until it has one', async () => {
  const { watch, told, warned, pass, hurry } = start((asked) =>
    asked === 4 ? Promise.resolve(['10.0.0.1']) : Promise.reject(new Error('ENOTFOUND')),
  );
  hurry();
  await pass(1_200);
  expect([told, warned.length]).toEqual([[], 1]);
  await pass(1_000);
  expect([told, warned.length]).toEqual([['10.0.0.1'], 2]);
  watch.close();
});

test('does not ask again while it waits for an answer', async () => {
  let end: (found: string[]) => void = () => undefined;
  const { watch, told, pass, hurry, asked } = start(
    () => new Promise((resolve) => (end = resolve)),
  );
  hurry();
  await pass(60_000);
  expect(asked()).toBe(1);
  end(['10.0.0.1']);
  await pass(600);
  expect([told, asked()]).toEqual([['10.0.0.1'], 2]);
  watch.close();
});

test("asks the system, also for addresses in an URL's form", async () => {
  jest.useRealTimers();
  const found = await new Promise((resolve) => {
    const watch = new NameWatch({
      urls: [new URL('http://[::1]:8000')],
      hurries: () => false,
      onAddresses: (_, addresses) => {
        watch.close();
        resolve([...addresses]);
      },
      logger: { warn: resolve },
    });
  });
  expect(found).toEqual(['::1']);
});
