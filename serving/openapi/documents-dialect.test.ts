import { answerOf } from '../../tests/support/dialect-answer';
import { describedProcesses, operationsOf } from '../../tests/support/described-processes';
import { createDocumentsDialect } from './documents-dialect';

const [inferrer] = describedProcesses;
const others = operationsOf(inferrer!);

function dialectOf(): ReturnType<typeof createDocumentsDialect> {
  return createDocumentsDialect({ title: 'x', version: '1', basePath: '' }, others);
}

/** So many times others have had their turn until the path was answered. */
async function turnsUntil(
  dialect: ReturnType<typeof createDocumentsDialect>,
  path: string,
): Promise<number> {
  let turns = 0;
  let next = setImmediate(function turn() {
    turns += 1;
    next = setImmediate(turn);
  });
  const answer = await answerOf(dialect, { method: 'GET', path });
  clearImmediate(next);
  expect(answer?.status).toBe(200);
  return turns;
}

test('others get their turns while the document is made, which is done once', async () => {
  const dialect = dialectOf();
  expect(await turnsUntil(dialect, '/openapi.json')).toBeGreaterThanOrEqual(others.length);
  expect(await turnsUntil(dialect, '/openapi.json')).toBeLessThanOrEqual(1);
});

test('and while the page is written from it', async () => {
  const dialect = dialectOf();
  await turnsUntil(dialect, '/openapi.json');
  expect(await turnsUntil(dialect, '/docs')).toBeGreaterThanOrEqual(others.length);
  expect(await turnsUntil(dialect, '/docs')).toBeLessThanOrEqual(1);
});
