import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLogger } from '../../core/logging';
import { writeAddOne } from '../../tests/support/made-models';
import { eventually } from '../../tests/support/processes';
import { order } from '../../tests/support/started-supervisor';
import { newEntry, type Entry } from './entry';
import { loadMessage } from './load-message';
import { RunnerKeeper } from './runner-keeper';
import type { LoadOrder } from './runner-supervisor';
import { makeRunnerDirectory, startRunner } from './start-runner';
import { supervisorDefaults, type SupervisorOptions } from './supervisor-options';

const terms = { watchMs: 0, generation: 1, threads: 1, warmUpMs: 10_000, mostBytes: 4 * 1024 ** 3 };

let directory: string;
let keeper: RunnerKeeper;
/** What a keeper with real runners tells. */
let told: string[];

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'shoal-test-'));
  const logger = silentLogger();
  const options: SupervisorOptions = {
    ...supervisorDefaults,
    host: 'h',
    parentDirectory: directory,
    logger,
  };
  const runners = makeRunnerDirectory(directory);
  told = [];
  keeper = new RunnerKeeper('shared', 'shared', {
    start: (of, onDeath) =>
      startRunner(options, runners, { keeper: of, onDeath, onGrown: () => undefined }),
    orderFor: (entry) => loadMessage(entry, terms),
    loaded: ({ order: { model } }) => told.push(`${model} is loaded`),
    refused: (_entry, { message }) => told.push(message),
    replaced: (_old, done) => told.push(`replaced: ${done}`),
    left: () => told.push('left'),
    died: () => told.push('died'),
  });
});

afterEach(async () => {
  await keeper.close(5000);
  rmSync(directory, { recursive: true });
});

function entry(model: string, more: Partial<LoadOrder> = {}): Entry {
  return newEntry(order(model, writeAddOne(directory), more), model.charCodeAt(0));
}

const happened = (event: string): Promise<unknown> =>
  eventually(event, () => told.includes(event) || undefined);

/** It has one version and loads another, whose files are looked at until the answer is called. */
async function busyLoading(): Promise<() => void> {
  keeper.add(entry('a'));
  await happened('a is loaded');
  let goOn: () => void = () => undefined;
  const looked = new Promise<void>((resolve) => (goOn = resolve));
  const held = entry('b', { checkFiles: () => looked });
  keeper.add(held);
  await eventually('it is loaded', () => keeper.loading === held || undefined);
  return goOn;
}

/** It is to be replaced as soon as that has been loaded. */
async function toBeReplaced(): Promise<() => void> {
  const goOn = await busyLoading();
  keeper.replace();
  return goOn;
}

test('what was being looked at when the runner died is loaded into the next one', async () => {
  const goOn = await busyLoading();
  await eventually('the runner has it', async () =>
    (await keeper.process!.usage(1000)).length === 2 ? true : undefined,
  );
  keeper.process!.kill('stuck');
  await happened('died');
  goOn();
  await happened('b is loaded');
  expect(told).toEqual(['a is loaded', 'died', 'a is loaded', 'b is loaded']);
  expect([...(await keeper.usage(1000)).keys()]).toEqual(['a:1', 'b:1']);
});

test('a runner that dies before another could take over needs none any more', async () => {
  const goOn = await toBeReplaced();
  const old = keeper.process!;
  old.kill('stuck');
  await happened('died');
  expect(told.slice(1)).toEqual(['replaced: false', 'died']);
  goOn();
  await happened('b is loaded');
  expect(told.slice(3)).toEqual(['a is loaded', 'b is loaded']);
  expect(keeper.process?.id).not.toBe(old.id);
  await keeper.close(5000);
  expect(told).toHaveLength(5);
});

test('one that dies and has nothing to load any more is not replaced, and that is told', async () => {
  const goOn = await toBeReplaced();
  for (const each of [...keeper.entries]) keeper.forget(each);
  keeper.process!.kill('stuck');
  await happened('died');
  goOn();
  await keeper.close(5000);
  expect(told).toEqual(['a is loaded', 'replaced: false', 'died']);
});

test('where it is closed the replacement is over, also one that is wanted by then', async () => {
  const goOn = await toBeReplaced();
  const closed = keeper.close(5000);
  expect(told.slice(1)).toEqual(['replaced: false']);
  keeper.replace();
  expect(told.slice(1)).toEqual(['replaced: false', 'replaced: false']);
  goOn();
  await closed;
});
