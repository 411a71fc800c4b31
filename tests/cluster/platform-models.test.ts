import { copyFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildSlow } from '../../examples/build/slow';
import { writeAllocate, writeRounds } from '../support/made-models';
import { startContainer, type Container } from '../support/platform';
import { eventually } from '../support/processes';
import { runnerPids } from '../support/runner-pids';
import { writeWeighty } from '../support/weighty-model';

/** What a platform may ask for at awkward moments: prior systems leave these open. */
describe('a container of many models', () => {
  let container: Container;
  const row = '[[5.1,3.5,1.4,0.2]]';

  beforeAll(async () => {
    container = await startContainer({ RUNNER_MEMORY_BYTES: String(400 * 1024 ** 2) });
    copyFileSync('examples/models/iris/1/model.onnx', at('iris/model', 'model.onnx'));
    writeFileSync(at('slow', 'model.onnx'), buildSlow(4_000));
    writeFileSync(at('broken', 'model.onnx'), 'no model');
    writeFileSync(path.join(container.root, 'secret.onnx'), 'outside');
  });

  afterAll(() => container.end());

  function at(folder: string, file: string): string {
    return path.join(container.folder(folder), file);
  }

  const folder = (name: string): string => container.folder(name);
  const status = async (answer: Promise<Response>): Promise<number> => (await answer).status;

  async function listed(): Promise<string[]> {
    const answer = await fetch(`${container.url}/models`);
    const { models } = (await answer.json()) as { models: { modelName: string }[] };
    return models.map(({ modelName }) => modelName);
  }

  afterEach(async () => {
    for (const name of await listed()) await container.unload(name);
  });

  test('healthy and empty without any model', async () => {
    const ping = await fetch(`${container.url}/ping`);
    expect([ping.status, await ping.text(), await listed()]).toEqual([200, '', []]);
  });

  test('load, list, show, ask, unload', async () => {
    const url = folder('iris/model');
    expect(await status(container.load('iris', url))).toBe(200);
    const shown = await (await fetch(`${container.url}/models/iris`)).json();
    expect(shown).toEqual({ modelName: 'iris', modelUrl: url });
    const headers = { 'content-type': 'text/csv', accept: 'text/csv' };
    const answer = await container.invoke('iris', '5.1,3.5,1.4,0.2\n6.3,3.3,6,2.5\n', headers);
    expect((await answer.text()).split('\n').map((line) => line[0])).toEqual(['0', '2', undefined]);
    expect(await status(container.unload('iris'))).toBe(200);
    expect(await status(container.invoke('iris', row))).toBe(404);
    expect(await status(container.unload('iris'))).toBe(404);
  });

  test('names are opaque', async () => {
    for (const name of ['9f86d081884c7d65', 'a/b c?é', '.hidden', 'models', 'x.onnx']) {
      expect([name, await status(container.load(name, folder('iris/model')))]).toEqual([name, 200]);
      expect(await listed()).toEqual([name]);
      expect(await status(container.invoke(name, row))).toBe(200);
      expect(await status(container.unload(name))).toBe(200);
    }
  });

  test('of two loads at once one is 200 and one 409, and so is a third', async () => {
    const load = (): Promise<number> => status(container.load('iris', folder('iris/model')));
    expect((await Promise.all([load(), load()])).sort()).toEqual([200, 409]);
    expect(await load()).toBe(409);
    expect(await listed()).toEqual(['iris']);
  });

  test('a load that fails leaves nothing: the next one of the name succeeds', async () => {
    const failing = container.load('iris', folder('broken'));
    const next = container.load('iris', folder('iris/model'));
    expect([await status(failing), await status(next)]).toEqual([400, 200]);
    expect(await status(container.unload('iris'))).toBe(200);
    expect(readdirSync(container.root).filter((name) => /probe/.test(name))).toEqual([]);
  });

  test.each([
    ['nothing there', () => folder('iris') + '/none', 404],
    ['an empty directory', () => folder('empty'), 404],
    ['outside', () => '/etc/passwd', 400],
    ['outside by dots', () => `${folder('iris')}/../../secret.onnx`, 400],
    ['a name beginning like the root', () => `${container.root}/models-not`, 400],
    [
      'a link that leads outside',
      () => {
        const link = at('linked', 'model.onnx');
        rmSync(link, { force: true });
        symlinkSync(path.join(container.root, 'secret.onnx'), link);
        return folder('linked');
      },
      400,
    ],
  ])('url: %s', async (_, url, expected) => {
    const answer = await container.load('x', url());
    const { error } = (await answer.json()) as { error: string };
    expect([answer.status, error]).toEqual([expected, expect.not.stringContaining('secret')]);
    expect(await listed()).toEqual([]);
  });

  test('what has begun before an unload is answered, what comes later is not there', async () => {
    await container.load('slow', folder('slow'));
    const order: string[] = [];
    const note = (what: string) => (answer: Response) => {
      order.push(what);
      return answer.status;
    };
    const asked = [1, 2, 3].map(() => container.invoke('slow', row).then(note('answered')));
    await eventually('all three are there', async () => {
      const metrics = await (await fetch(`${container.url}/metrics`)).text();
      const under = [...metrics.matchAll(/^shoal_in_flight_requests\S* (\d+)$/gm)];
      // Beside them the one that asks.
      return under.reduce((all, [, count]) => all + Number(count), 0) > 3 ? true : undefined;
    });
    const unloaded = container.unload('slow').then(note('unloaded'));
    await eventually('it is listed no more', async () =>
      (await listed()).includes('slow') ? undefined : true,
    );
    expect(await status(container.invoke('slow', row))).toBe(404);
    expect(await Promise.all([...asked, unloaded])).toEqual([200, 200, 200, 200]);
    expect(order).toEqual(['answered', 'answered', 'answered', 'unloaded']);
  });

  test('while it is loaded there is nothing to ask yet', async () => {
    const loading = container.load('slow', folder('slow'));
    expect(await status(container.invoke('slow', row))).toBe(404);
    expect(await status(loading)).toBe(200);
    expect(await status(container.invoke('slow', row))).toBe(200);
  });

  test('an unload ends the process that had the model', async () => {
    const before = runnerPids(container.process.pid);
    await container.load('iris', folder('iris/model'));
    expect(runnerPids(container.process.pid).length).toBe(before.length + 1);
    await container.unload('iris');
    expect(runnerPids(container.process.pid)).toEqual(before);
  });

  test('507 where a model takes more memory than a runner may', async () => {
    writeWeighty(folder('large'), 500 * 1024 ** 2);
    const answer = await container.load('large', folder('large'));
    expect([answer.status, await answer.json()]).toMatchObject([
      507,
      { code: 'insufficient_memory' },
    ]);
    expect(await listed()).toEqual([]);
    expect(await status(container.load('iris', folder('iris/model')))).toBe(200);
  }, 60_000);

  test('507 where a run takes more memory than a runner may; others are answered', async () => {
    renameSync(writeAllocate(folder('allocate')), at('allocate', 'model.onnx'));
    expect(await status(container.load('allocate', folder('allocate')))).toBe(200);
    const invoke = (elements: number): Promise<Response> => {
      const inputs = [{ name: 'n', datatype: 'INT64', shape: [1], data: [elements] }];
      return container.invoke('allocate', JSON.stringify({ inputs }));
    };
    const refused = await eventually('it is refused', async () => {
      const answer = await invoke(150_000_000);
      return answer.status === 200 ? undefined : answer;
    });
    expect([refused.status, await refused.json()]).toMatchObject([
      507,
      { code: 'insufficient_memory' },
    ]);
    expect(await status(invoke(10))).toBe(200);
  }, 60_000);

  test('pages hold each model that stays once', async () => {
    for (const name of ['a', 'b', 'c']) await container.load(name, folder('iris/model'));
    const page = async (query: string) =>
      (await (await fetch(`${container.url}/models?limit=1${query}`)).json()) as {
        models: { modelName: string }[];
        nextPageToken?: string;
      };
    const first = await page('');
    await container.unload('a');
    const second = await page(`&next_page_token=${first.nextPageToken ?? ''}`);
    const third = await page(`&next_page_token=${second.nextPageToken ?? ''}`);
    expect([first, second, third].map(({ models }) => models[0]?.modelName)).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(third.nextPageToken).toBeUndefined();
  });
});

test('an invocation that takes longer than it may is 504', async () => {
  const environment = { SAGEMAKER_MODEL_SERVER_TIMEOUT: '1', MAX_RUN_MS: '1500' };
  const container = await startContainer(environment);
  try {
    const folder = container.folder('rounds');
    renameSync(writeRounds(folder), path.join(folder, 'model.onnx'));
    expect((await container.load('rounds', folder)).status).toBe(200);
    const inputs = [{ name: 'rounds', datatype: 'INT64', shape: [], data: [100_000_000] }];
    const began = performance.now();
    const answer = await container.invoke('rounds', JSON.stringify({ inputs }));
    expect(performance.now() - began).toBeGreaterThanOrEqual(999);
    expect(answer.status).toBe(504);
    expect(await answer.json()).toMatchObject({ code: 'deadline_exceeded' });
  } finally {
    await container.end();
  }
}, 60_000);

describe('memory for all models together', () => {
  test('507 until another model has gone', async () => {
    const container = await startContainer({
      SAGEMAKER_MEMORY_BYTES: String(550 * 1024 ** 2),
    });
    try {
      for (const name of ['one', 'two']) writeWeighty(container.folder(name), 200 * 1024 ** 2);
      const load = async (name: string): Promise<number> =>
        (await container.load(name, container.folder(name))).status;
      expect([await load('one'), await load('two')]).toEqual([200, 507]);
      expect((await container.unload('one')).status).toBe(200);
      expect(await load('two')).toBe(200);
    } finally {
      await container.end();
    }
  }, 120_000);
});

test('SIGTERM: what is under way is answered, the process ends with 0 and leaves no files', async () => {
  const container = await startContainer();
  writeFileSync(path.join(container.folder('slow'), 'model.onnx'), buildSlow(4_000));
  expect((await container.load('slow', container.folder('slow'))).status).toBe(200);
  const answer = container.invoke('slow', '[[1,2,3,4]]');
  await eventually('the request is there', async () => {
    const metrics = await (await fetch(`${container.url}/metrics`)).text();
    return /^shoal_in_flight_requests\S* [2-9]$/m.test(metrics) ? true : undefined;
  });
  const began = performance.now();
  const ended = container.process.end('SIGTERM');
  expect((await answer).status).toBe(200);
  expect(await ended).toBe(0);
  expect(performance.now() - began).toBeLessThan(30_000);
  expect(readdirSync(container.root).filter((name) => /^shoal-/.test(name))).toEqual([]);
  await container.end();
}, 60_000);
