import { Writable } from 'node:stream';
import { withMuting } from '../../core/logging';
import { order, StartedSupervisor } from '../../tests/support/started-supervisor';

let host: StartedSupervisor;

beforeEach(() => {
  host = new StartedSupervisor();
});
afterEach(() => host.end());

test('sizes that are not warm are in the log, with model, version and reason', async () => {
  const lines: string[] = [];
  const output = new Writable({
    write(line: Buffer, _encoding, done) {
      lines.push(line.toString());
      done();
    },
  });
  host.start({ logger: withMuting({}, output) });
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [4, 2], flavour: 'zero' }] as const;
  const field = 'dynamic_batching.preferred_batch_size';
  const warmUps = [{ field, exampleRows: 4, count: 1, seed: 1, inputs }];
  await host.supervisor.load(order('a', host.addOne, { version: 3, warmUps }));
  expect(await host.answer('a', { version: 3 })).toBe('2 3 4');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({
      level: 40,
      model: 'a',
      version: 3,
      rows: 4,
      reason: expect.stringMatching(/dimension/) as string,
    }),
  ]);
});
