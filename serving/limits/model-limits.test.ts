import { ShoalError } from '../../core/errors';
import type { ModelRates } from '../../protocol/rate';
import { servable } from '../../tests/support/servables';
import { createClientLimit } from './client-limit';
import { ModelLimits } from './model-limits';
import type { LimitReason } from './refusal';

const from = (peer: string) => ({ peer, header: () => undefined });
const nameClient = ({ peer }: { readonly peer: string }): string => peer;

function world(standard: ModelRates | null = null) {
  const refused: (readonly [string, LimitReason])[] = [];
  const clock = { now: 1000 };
  const parts = {
    nameClient,
    observe: (model: string, reason: LimitReason) => refused.push([model, reason]),
    now: () => clock.now,
  };
  return { refused, clock, parts, limits: new ModelLimits({ ...parts, standard }) };
}

const rate = (perSecond: number, burst: number) => ({ perSecond, burst });
const limitedTo = (rates: ModelRates | null, model = 'm') => ({
  ...servable([], []),
  model,
  rates,
});

function passes(times: number, admit: () => ShoalError | undefined): number {
  return Array.from({ length: times }, admit).filter((refusal) => refusal === undefined).length;
}

describe('limits of models', () => {
  test('two clients have their own share, and the model its total', () => {
    const { limits, refused } = world();
    const model = limitedTo({ total: rate(1, 15), perClient: rate(1, 10) });
    expect(passes(20, () => limits.admit(model, from('a')))).toBe(10);
    expect(passes(20, () => limits.admit(model, from('b')))).toBe(5);
    expect(refused.filter(([, reason]) => reason === 'model_client')).toHaveLength(10);
    expect(refused.filter(([, reason]) => reason === 'model')).toHaveLength(15);
  });

  test('what the total refuses does not count for the client', () => {
    const { limits, clock } = world();
    const model = limitedTo({ total: rate(1, 1), perClient: rate(0.001, 3) });
    for (let at = 0; at < 3; at += 1) {
      expect(passes(5, () => limits.admit(model, from('a')))).toBe(1);
      clock.now += 1000;
    }
  });

  test('models do not share, versions of one do', () => {
    const { limits } = world({ total: rate(1, 3), perClient: null });
    expect(passes(5, () => limits.admit(limitedTo(null, 'a'), from('a')))).toBe(3);
    expect(passes(5, () => limits.admit(limitedTo(null, 'b'), from('a')))).toBe(3);
    expect(passes(5, () => limits.admit({ ...limitedTo(null, 'a'), version: 2 }, from('b')))).toBe(
      0,
    );
  });

  test("a model's own limits go before the standard, also none", () => {
    const { limits } = world({ total: rate(1, 3), perClient: null });
    const free = limitedTo({ total: null, perClient: null });
    expect(passes(9, () => limits.admit(free, from('a')))).toBe(9);
  });

  test('says when to come again', () => {
    const { limits } = world();
    const model = limitedTo({ total: rate(0.25, 1), perClient: null });
    limits.admit(model, from('a'));
    const refusal = limits.admit(model, from('b'));
    expect(refusal).toBeInstanceOf(ShoalError);
    expect(refusal?.code).toBe('rate_limited');
    expect(refusal?.details.retryAfter).toBe(4);
    expect(refusal?.message).toBe(
      "more requests than model 'm' may get: 900 an hour and 1 at once; try again in 4 s",
    );
    const alone = limitedTo({ total: null, perClient: rate(0.25, 1) }, 'n');
    limits.admit(alone, from('a'));
    expect(limits.admit(alone, from('a'))?.message).toContain("client may make of model 'n': 900");
  });
});

describe('the limit of a client', () => {
  test('counts everything but health, metrics and the cluster', () => {
    const { parts, refused } = world();
    const admit = createClientLimit({ ...parts, rate: rate(1, 2) });
    const at = (path: string, peer = 'a') => admit(path, from(peer))?.code ?? 'passes';
    expect([at('/v2/models/m/infer'), at('/api/v1/models')]).toEqual(['passes', 'passes']);
    expect(at('/api/v1/models/m')).toBe('rate_limited');
    expect(at('/api/v1/models/m', 'b')).toBe('passes');
    const open = [
      '/health/ready',
      '/v2/health/live',
      '/metrics',
      '/metrics/triton',
      '/cluster/hosts',
    ];
    expect(open.map((path) => at(path))).toEqual(open.map(() => 'passes'));
    expect(['/', '/healthy', '/metricsx'].map((path) => at(path))).toEqual(
      Array<string>(3).fill('rate_limited'),
    );
    expect(refused).toHaveLength(4);
  });

  test('a flood of addresses does not let a busy one begin anew', () => {
    const { parts } = world();
    const admit = createClientLimit({ ...parts, rate: rate(0.001, 5) });
    let passed = 0;
    for (let at = 0; at < 300_000; at += 1) {
      admit('/', from(`10.0.${at}`));
      if (at % 1000 === 0 && admit('/', from('busy')) === undefined) passed += 1;
    }
    expect(passed).toBe(5);
  });
});
