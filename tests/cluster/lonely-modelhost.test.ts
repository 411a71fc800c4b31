import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../support/free-port';
import { preparedRepository } from '../support/prepared-repository';
import { remoteAddresses } from '../support/remote-addresses';
import { runnerPids } from '../support/runner-pids';
import { eventually, startProcess, type StartedProcess } from '../support/processes';

/** A modelhost without an inferrer: a complete Open Inference Protocol server by itself. */
let folder: string;
const started: StartedProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'shoal-lonely-'));
  cpSync(await preparedRepository(), path.join(folder, 'models'), { recursive: true });
});

afterEach(async () => {
  await Promise.all(started.splice(0).map((host) => host.end('SIGKILL')));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

function startHost(
  environment: Readonly<Record<string, string>>,
  ...words: readonly string[]
): StartedProcess {
  const all = {
    TMPDIR: folder,
    MODEL_REPOSITORY: path.join(folder, 'models'),
    CORES: '1',
    ...environment,
  };
  const host = startProcess('lonely', 'modelhost/main.js', all, ...words);
  started.push(host);
  return host;
}

async function ready(port: number): Promise<true> {
  return eventually(`a modelhost serves on port ${port}`, async () =>
    (await fetch(`http://127.0.0.1:${port}/v2/health/ready`)).ok ? true : undefined,
  );
}

describe('a modelhost alone', () => {
  test('told to `serve` does so, keeps its runners silent towards the world, and leaves with 0', async () => {
    const port = await freePort();
    const host = startHost({ PORT: String(port) }, 'serve');
    await ready(port);
    const infer = (): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}/v2/models/iris/infer`, {
        method: 'POST',
        body: JSON.stringify({
          inputs: [
            { name: 'features', datatype: 'FP32', shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] },
          ],
        }),
      });
    const answer = await infer();
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ outputs: [{ name: 'label', data: [0] }, {}] });
    const runners = runnerPids(host.pid);
    expect(runners.length).toBeGreaterThan(0);
    for (const runner of runners) {
      const environment = readFileSync(`/proc/${runner}/environ`, 'utf8').split('\0');
      expect(environment).toContain('ORT_DISABLE_TELEMETRY=1');
      expect(
        remoteAddresses(runner).filter((address) => !/^(0+|.*0100007F|0+1000000)$/.test(address)),
      ).toEqual([]);
    }
    expect(await host.end('SIGTERM')).toBe(0);
  });

  test('PORT, SAGEMAKER_BIND_TO_PORT and SAGEMAKER_SAFE_PORT_RANGE move the listener', async () => {
    const [one, two, three] = [await freePort(), await freePort(), await freePort()];
    const hosts: [number, Record<string, string>][] = [
      [one, { PORT: String(one) }],
      [two, { PORT: String(one), SAGEMAKER_BIND_TO_PORT: String(two) }],
      [three, { SAGEMAKER_SAFE_PORT_RANGE: `${three}-${three + 9}` }],
    ];
    for (const [, environment] of hosts) startHost(environment);
    const listening = await Promise.all(hosts.map(([port]) => ready(port)));
    expect(listening).toEqual([true, true, true]);
  });

  test('a port that is taken is named in one sentence', async () => {
    const port = await freePort();
    startHost({ PORT: String(port) });
    await ready(port);
    const second = startHost({ PORT: String(port) });
    expect(await second.ended).toBe(1);
    expect(second.log()).toMatch(
      new RegExp(`^PORT: port ${port} on 127\\.0\\.0\\.1 is taken .*\\n$`),
    );
  });
});
