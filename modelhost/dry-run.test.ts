import { createHash } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { freshRepository, models, startHost, upload } from '../tests/support/model-store-host';
import type { Host } from '../tests/support/model-store-host';
import { placementsOfA } from '../tests/support/placements';
import { FakeSupervisor } from '../tests/support/fake-supervisor';
import { configFromText } from './model-config/config-files';
import { Residency } from './memory/residency';
import type { DryRun } from './dry-run';

freshRepository();

interface Along {
  readonly config?: string;
  readonly description?: string;
}

async function dryRun(
  { store }: Host,
  content: string,
  { config, ...along }: Along = {},
): Promise<DryRun> {
  const staged = await store.models.stage();
  try {
    writeFileSync(staged.file, content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const files = [{ name: 'model.onnx', sha256, bytes: content.length }];
    const source = config === undefined ? {} : { config: configFromText(config, 'config.json') };
    return await store.dryRun(staged, { model: 'iris', files, ...source, ...along });
  } finally {
    await staged.discard();
  }
}

test('the version that it would be, and nothing of it is stored', async () => {
  const host = await startHost('a');
  await upload(host, 'iris', 'one');
  await upload(host, 'iris', 'two');
  const before = readdirSync(models(), { recursive: true }).sort();
  expect(await dryRun(host, 'three')).toMatchObject({ version: 3, created: true, bytes: 5 });
  expect(await dryRun(host, 'one')).toMatchObject({ version: 1, created: false });
  expect(await dryRun(host, 'one', { config: '{"max_batch_size":4}' })).toMatchObject({
    version: 3,
  });
  await expect(dryRun(host, 'bad')).rejects.toMatchObject({ code: 'model_rejected' });
  expect(readdirSync(models(), { recursive: true }).sort()).toEqual(before);
  expect((await upload(host, 'iris', 'three')).version).toBe(3);
});

test('what was measured, and what follows for batching', async () => {
  const host = await startHost('a');
  expect(await dryRun(host, 'one')).toMatchObject({
    inputs: [{ name: 'x', datatype: 'FP32', shape: ['N', 4] }],
    memory_bytes: 1000,
    batching: { allowed: true, worthwhile: true, max_rows: 64, why_not: '' },
  });
  const alone = await dryRun(host, 'one', { config: '{"max_batch_size":0,"colour":1}' });
  expect(alone.batching).toMatchObject({ allowed: false, worthwhile: false, max_rows: 1 });
  expect(alone.batching.why_not).toContain('configuration');
  expect(alone.ignored).toEqual(['colour']);
});

test('what can have no room is refused, in the words of an upload', async () => {
  const residency = new Residency({
    budgetBytes: 500,
    idleMs: 1000,
    supervisor: new FakeSupervisor(),
    preference: () => 0,
    observer: { evicted: () => undefined, demanded: () => undefined },
  });
  const host = await startHost('a', { residency });
  await expect(dryRun(host, 'one')).rejects.toMatchObject({
    code: 'insufficient_memory',
    message: expect.stringMatching(
      /^Version 1 of 'iris' needs 1 MiB to be loaded, .* MEMORY_BUDGET_BYTES/,
    ) as string,
  });
});

test('a description that is too long is refused', async () => {
  const host = await startHost('a');
  const description = 'x'.repeat(10_001);
  await expect(dryRun(host, 'one', { description })).rejects.toMatchObject({
    code: 'invalid_request',
  });
});

test('a placement that no host is labelled for is refused, in the words of an upload', async () => {
  const host = await startHost('a', { placements: placementsOfA({ alone: true }) });
  const config = '{"shoal":{"placement":{"labels":{"zone":"b"}}}}';
  const message = /^Version 1 of 'iris' cannot be served: .*zone=b: a has none$/;
  await expect(dryRun(host, 'one', { config })).rejects.toThrow(message);
  await expect(upload(host, 'iris', 'one', { config })).rejects.toThrow(message);
});
