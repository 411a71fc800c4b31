import { statSync } from 'node:fs';
import { writeHeldWeights } from '../../tests/support/held-weights';
import { order, StartedSupervisor } from '../../tests/support/started-supervisor';

/** 100 MB by hand. */
const bytes = Number(process.env['UNLOADED_MODEL_BYTES'] ?? String(8 * 1024 ** 2));
const models = 100;
const together = 5;

let host: StartedSupervisor;

beforeEach(() => {
  host = new StartedSupervisor();
});
afterEach(() => host.end());

test('a hundred models that come and go leave nothing behind in their runner', async () => {
  host.start();
  const file = writeHeldWeights(host.directory, bytes, { name: 'held.onnx' });
  expect(statSync(file).size).toBeGreaterThanOrEqual(bytes);
  // The runtime's own parts are there once something has been loaded.
  await comeAndGo(0);
  const before = resident();
  for (let first = 0; first < models; first += together) {
    const grown = await comeAndGo(first);
    expect(grown - before).toBeGreaterThan(0.9 * together * bytes);
  }
  expect(Math.abs(resident() - before)).toBeLessThan(0.1 * before);
}, 600_000);

test('what a load takes is what its weights take, and at most a few times that on its way', async () => {
  host.start();
  await comeAndGo(0);
  const file = writeHeldWeights(host.directory, bytes, { name: 'held.onnx' });
  const { residentBytes, peakBytes = 0 } = await host.supervisor.load(order('one', file));
  expect(residentBytes / bytes).toBeGreaterThan(0.9);
  expect(residentBytes / bytes).toBeLessThan(1.3);
  expect(peakBytes).toBeGreaterThanOrEqual(residentBytes);
  expect(peakBytes / bytes).toBeLessThan(5);
  expect(await host.answer('one')).toBe('1 2 3');
  const used = (await host.supervisor.usage(1000)).get('one:1');
  expect(used).toMatchObject({ jobs: 0, answered: true });
});

/** Loads some at once and unloads them; what the runner took with all of them. */
async function comeAndGo(first: number): Promise<number> {
  const file = writeHeldWeights(host.directory, bytes, { name: 'held.onnx' });
  const names = Array.from({ length: together }, (_, at) => `m${first + at}`);
  await Promise.all(names.map((name) => host.supervisor.load(order(name, file))));
  const most = resident();
  await Promise.all(names.map((name) => host.supervisor.unload(name, 1)));
  return most;
}

function resident(): number {
  return host.supervisor.resident().reduce((sum, each) => sum + each.bytes, 0);
}
