import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from './free-port';
import { eventually, startProcess, type StartedProcess } from './processes';

/** A modelhost as a hosting platform runs it, and the platform's directory of models. */
export interface Container {
  readonly url: string;
  readonly root: string;
  readonly process: StartedProcess;
  /** A directory below the root. */
  folder(name: string): string;
  load(name: string, url: string): Promise<Response>;
  unload(name: string): Promise<Response>;
  invoke(name: string, body: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Ends it and removes its files. */
  end(signal?: NodeJS.Signals): Promise<number>;
}

export async function startContainer(
  environment: Readonly<Record<string, string>> = {},
): Promise<Container> {
  const root = mkdtempSync(path.join(tmpdir(), 'shoal-platform-'));
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const process = startProcess(
    'container',
    'modelhost/main.js',
    {
      TMPDIR: root,
      SAGEMAKER_MULTI_MODEL: 'true',
      SAGEMAKER_MODELS_ROOT: path.join(root, 'models'),
      SAGEMAKER_MODEL_DIRECTORY: path.join(root, 'model'),
      SAGEMAKER_BIND_TO_PORT: port,
      CORES: '1',
      ...environment,
    },
    'serve',
  );
  mkdirSync(path.join(root, 'models'));
  await eventually('the container answers', async () =>
    (await fetch(`${url}/ping`)).ok ? true : undefined,
  );
  const post = (at: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
    fetch(url + at, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });
  return {
    url,
    root,
    process,
    folder(name) {
      const directory = path.join(root, 'models', name);
      mkdirSync(directory, { recursive: true });
      return directory;
    },
    load: (name, from) => post('/models', JSON.stringify({ model_name: name, url: from })),
    unload: (name) => fetch(`${url}/models/${encodeURIComponent(name)}`, { method: 'DELETE' }),
    invoke: (name, body, headers) =>
      post(`/models/${encodeURIComponent(name)}/invoke`, body, headers),
    async end(signal = 'SIGKILL') {
      const code = await process.end(signal);
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
      return code;
    },
  };
}
