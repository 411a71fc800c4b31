import { copyFileSync, rmSync } from 'node:fs';
import { getPriority } from 'node:os';
import path from 'node:path';
import { writeAbort } from '../../tests/support/made-models';
import { eventually } from '../../tests/support/processes';
import { happened, order, StartedSupervisor, whole } from '../../tests/support/started-supervisor';
import type { Copies, Roles } from './runner-supervisor';

let host: StartedSupervisor;

beforeEach(() => {
  host = new StartedSupervisor();
});
afterEach(() => host.end());

const none: Roles = { shadow: undefined, named: [1] };

function shadow(copies: Copies, version = 1): Roles {
  return { shadow: { version, copies }, named: copies === 'also' ? [version] : [] };
}

function priorityOf(model: string): number {
  return getPriority(host.supervisor.pids().get(host.runnerOf(model)?.id ?? ''));
}

/** Asks one time after the other until that has ended; what came for answers. */
async function askDuring(model: string, work: Promise<unknown>): Promise<Set<string>> {
  const during = { over: false };
  const done = work.finally(() => (during.over = true));
  const answers = new Set<string>();
  while (!during.over) answers.add(await host.answer(model));
  await done;
  return answers.add(await host.answer(model));
}

async function onlySharedIsLeft(): Promise<void> {
  await eventually('the runner apart has ended', () =>
    host.supervisor.runners().length === 1 ? true : undefined,
  );
}

test.each<[Copies, number]>([
  ['only', 10],
  ['also', 0],
])(
  'what gets copies (%s) is loaded apart, and moves when it gets none any more',
  async (copies, priority) => {
    host.start();
    await host.supervisor.load(order('live', host.addOne));
    await host.supervisor.load(order('tried', host.addOne, { copies }));
    const [live, tried] = [host.runnerOf('live'), host.runnerOf('tried')];
    expect(tried).not.toEqual(live);
    expect(priorityOf('tried') - priorityOf('live')).toBe(priority);
    const moved = eventually('it has moved', () =>
      host.runnerOf('tried')?.id === live?.id ? true : undefined,
    );
    const arranged = host.supervisor.arrange('tried', none);
    expect([...(await askDuring('tried', Promise.all([arranged, moved])))]).toEqual(['2 3 4']);
    expect(host.changes).toEqual([{ kind: 'loaded', model: 'tried', version: 1, runner: live }]);
    await onlySharedIsLeft();
    expect(await host.answer('tried')).toBe('2 3 4');
  },
);

test('what is loaded moves apart when it becomes a shadow, and answers all the while', async () => {
  host.start();
  await host.supervisor.load(order('live', host.addOne));
  await host.supervisor.load(order('tried', host.addOne));
  const live = host.runnerOf('live');
  const arranged = host.supervisor.arrange('tried', shadow('only'));
  expect([...(await askDuring('tried', arranged))]).toEqual(['2 3 4']);
  expect(host.runnerOf('tried')).not.toEqual(live);
  expect(host.runnerOf('live')).toEqual(live);
  // Answers somebody, from now on: no less urgent than others.
  await host.supervisor.arrange('tried', shadow('also'));
  expect([priorityOf('tried') === priorityOf('live'), await host.answer('tried')]).toEqual([
    true,
    '2 3 4',
  ]);
  await host.supervisor.unload('tried', 1);
  await onlySharedIsLeft();
});

test('a model with a runner of its own stays there while it is tried', async () => {
  host.start();
  await host.supervisor.load(order('tried', host.addOne, { ownRunner: true }));
  const before = host.runnerOf('tried');
  await host.supervisor.arrange('tried', shadow('also'));
  await host.supervisor.arrange('tried', none);
  expect([host.runnerOf('tried'), host.changes]).toEqual([before, []]);
});

test('where it cannot be loaded apart it stays and answers', async () => {
  host.start();
  const file = path.join(host.directory, 'gone.onnx');
  copyFileSync(host.addOne, file);
  await host.supervisor.load(order('tried', file));
  const before = host.runnerOf('tried');
  rmSync(file);
  await host.supervisor.arrange('tried', shadow('only'));
  expect([host.runnerOf('tried'), await host.answer('tried')]).toEqual([before, '2 3 4']);
  await onlySharedIsLeft();
});

test('a move that another one overtakes changes nothing', async () => {
  host.start();
  await host.supervisor.load(order('tried', host.addOne));
  const before = host.runnerOf('tried');
  const first = host.supervisor.arrange('tried', shadow('only'));
  await Promise.all([first, host.supervisor.arrange('tried', none)]);
  expect([host.runnerOf('tried'), host.changes]).toEqual([before, []]);
  await onlySharedIsLeft();
});

test('what is unloaded while it moves is gone from both', async () => {
  host.start();
  await host.supervisor.load(order('tried', host.addOne));
  const arranged = host.supervisor.arrange('tried', shadow('only'));
  await host.supervisor.unload('tried', 1);
  await arranged;
  expect(host.supervisor.location('tried', 1)).toBeUndefined();
  await onlySharedIsLeft();
});

test('a run of a shadow that does not end stands in front of nobody', async () => {
  host.start();
  await host.supervisor.load(order('live', host.addOne));
  await host.supervisor.load(order('r', host.rounds));
  await host.supervisor.arrange('r', shadow('only'));
  let ended = false;
  let run: Promise<unknown> = Promise.resolve();
  await new Promise<void>((connected) => {
    run = host.send('r', whole('rounds', [], 100_000_000), connected).then(() => (ended = true));
  });
  const answers = new Set<string>();
  for (let asked = 0; asked < 300; asked += 1) answers.add(await host.answer('live'));
  expect([[...answers], ended]).toEqual([['2 3 4'], false]);
  // Changes of other models do not wait for it either.
  await host.supervisor.setGeneration('live', 2);
  expect([await host.answer('live'), await host.answer('live', { generation: 2 }), ended]).toEqual([
    'stale_generation',
    '2 3 4',
    false,
  ]);
  // Nor does one of its own model, for long: it is ended, and nobody is blamed.
  await host.supervisor.setGeneration('r', 2);
  await run;
  await host.until(happened('loaded', 'died', 'loaded'));
  const reason = 'a change of a model waited for a run of its shadow';
  expect(host.changes[1]).toMatchObject({ reason });
});

test('a shadow that kills takes nobody with it', async () => {
  host.start();
  await host.supervisor.load(order('live', host.addOne));
  await host.supervisor.load(order('bad', writeAbort(host.directory), { copies: 'only' }));
  const live = host.runnerOf('live');
  expect((await host.send('bad')).outcome).toBe('lost');
  await host.until((all) => all.length === 2);
  expect(host.changes).toMatchObject([{ kind: 'died' }, { kind: 'loaded', model: 'bad' }]);
  expect([host.runnerOf('live'), await host.answer('live')]).toEqual([live, '2 3 4']);
});
