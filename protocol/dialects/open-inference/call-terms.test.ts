import { answerOf } from '../../../tests/support/dialect-answer';
import {
  dialectWith,
  errorOf,
  infer,
  tiny,
  type Seen,
} from '../../../tests/support/identity-models';

describe('deadlines, priority and parameters', () => {
  async function seenOf(parameters: string, headers: Record<string, string> = {}): Promise<Seen> {
    const { dialect, seen } = dialectWith();
    const body = `${tiny},"parameters":${parameters}}`;
    const answer = await answerOf(dialect, {
      path: '/v2/models/tiny/infer',
      body,
      headers,
      arrivedAt: 1000,
    });
    expect(answer?.status).toBe(200);
    return seen[0]!;
  }

  it.each([
    ['{}', undefined, Infinity],
    ['{"timeout":0}', undefined, Infinity],
    ['{"timeout":2000000}', undefined, 3000],
    ['{"timeout":2000000}', '500', 1500],
    ['{"timeout":2000000}', '5000', 3000],
    ['{}', '90000', 91_000],
    ['{"timeout":18446744073709551615}', undefined, 1000 + 2 ** 31 - 1],
  ])('parameters %s with header %s end at %d', async (parameters, header, deadline) => {
    const headers = header === undefined ? {} : { 'shoal-timeout-ms': header };
    expect((await seenOf(parameters, headers)).context.deadline).toBe(deadline);
  });

  it.each(['0', '-1', 'soon', '1.5'])('header shoal-timeout-ms %s is refused', async (header) => {
    const answer = await infer('tiny', `${tiny}}`, { 'shoal-timeout-ms': header });
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toContain('shoal-timeout-ms');
  });

  it('keep parameters exact and apart from what the server acts on', async () => {
    const { request, context } = await seenOf(
      '{"sequence_id":18446744073709551615,"sequence_start":true,"d":1.5,"w":2.0,"s":"x",' +
        '"__proto__":1,"priority":3,"timeout":5,"binary_data_output":false}',
      { traceparent: '00-abc-def-01' },
    );
    expect([...request.parameters]).toEqual([
      ['sequence_id', 18446744073709551615n],
      ['sequence_start', true],
      ['d', 1.5],
      ['w', 2],
      ['s', 'x'],
      ['__proto__', 1],
    ]);
    expect(context.priority).toBe(3);
    expect(context.trace).toBe('00-abc-def-01');
    expect(context.requestId).toBe('r-1');
  });

  it.each([
    [false, ['own']],
    [true, ['shoal_losses', 'shoal_segments', 'own']],
  ])('of inferrers count where inferrers are served (%p)', async (servesInferrers, names) => {
    const { dialect, seen } = dialectWith({ servesInferrers });
    const body = `${tiny},"parameters":{"shoal_losses":3,"shoal_segments":"[]","own":1}}`;
    await answerOf(dialect, { path: '/v2/models/tiny/infer', body });
    expect([...seen[0]!.request.parameters.keys()]).toEqual(names);
  });
});
