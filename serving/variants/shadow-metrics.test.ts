import { Metrics } from '../../metrics/metrics';
import { modelEntry, versionEntry } from '../../tests/support/catalogs';
import type { ShadowOutcome } from './shadows';
import { observeShadows } from './shadow-metrics';

const versions = [versionEntry(1), versionEntry(2), versionEntry(3)];

interface Observed {
  shadow: number | undefined;
  standard: number;
  /** What is told of the largest difference: version and number. */
  told(): Promise<string[]>;
  /** Answers of the version differ by so much. */
  differ(version: number, difference: number): void;
}

function observed(): Observed {
  const metrics = new Metrics({ role: 'inferrer', version: '1' });
  const models = () => [
    modelEntry('m', {
      versions,
      defaultVersion: all.standard,
      ...(all.shadow !== undefined && {
        traffic: { variants: [], shadow: { version: all.shadow, share: 1 } },
      }),
    }),
  ];
  const observe = observeShadows(metrics, { models });
  const all: Observed = {
    shadow: 2,
    standard: 1,
    async told() {
      const text = await metrics.write('text');
      const found = text.matchAll(/^shoal_shadow_largest_difference\{(.*)\} (.*)$/gm);
      return [...found].map(
        ([, labels, value]) => `${/version="(\d)"/.exec(labels!)?.[1]}: ${value}`,
      );
    },
    differ(version, difference) {
      observe({ model: 'm', version }, 'different', difference);
    },
  };
  return all;
}

test('the largest difference is told as long as the version is a shadow', async () => {
  const all = observed();
  for (const difference of [3, 5, 4, Infinity]) all.differ(2, difference);
  expect(await all.told()).toEqual(['2: 5']);
  all.shadow = undefined;
  expect(await all.told()).toEqual([]);
  // The answer to a copy from before comes when the trial is over.
  all.differ(2, 9);
  expect(await all.told()).toEqual([]);
});

test.each<[string, number, number]>([
  ['shadow', 3, 1],
  ['default', 2, 3],
])('another %s begins anew', async (_what, shadow, standard) => {
  const all = observed();
  all.differ(2, 5);
  [all.shadow, all.standard] = [shadow, standard];
  expect(await all.told()).toEqual([]);
  all.differ(shadow, 1);
  expect(await all.told()).toEqual([`${shadow}: 1`]);
});

test('also where nobody has looked in between', async () => {
  const all = observed();
  all.differ(2, 5);
  all.standard = 3;
  all.differ(2, 1);
  expect(await all.told()).toEqual(['2: 1']);
});

test.each<[ShadowOutcome, number, number, number]>([
  ['equal', 1, 0, 0],
  ['different', 1, 1, 0],
  ['failed', 1, 1, 0],
  ['lost', 0, 0, 1],
  ['dropped', 0, 0, 1],
])('a copy that is %s: %d compared, %d otherwise, %d not', async (outcome, ...counts) => {
  const metrics = new Metrics({ role: 'inferrer', version: '1' });
  observeShadows(metrics, { models: () => [] })({ model: 'm', version: 2 }, outcome, 0);
  const counted = `shoal_shadow_requests_total{model="m",version="2",outcome="${outcome}"} 1`;
  expect(await metrics.write('text')).toContain(counted);
  const [series] = metrics.requests.models();
  expect([series?.compared, series?.differed, series?.uncompared]).toEqual(counts);
});
