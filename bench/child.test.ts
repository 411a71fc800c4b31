import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BareAnswer, BareQuestion } from './bare/question';
import { startChild } from './child';
import type { EchoAnswer, EchoQuestion } from './echo/reply';
import { benchModels } from './models';
import { input } from './requests';

const folder = mkdtempSync(path.join(tmpdir(), 'shoal-bench-test-'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('echo answers what it was told, by path, whatever it is asked', async () => {
  const child = startChild<EchoQuestion, EchoAnswer>(path.join(__dirname, 'echo/main.js'), {});
  try {
    const bytes = Uint8Array.of(0, 255, 128);
    const { port } = await child.ask({
      serve: [
        { path: '/json', json: true, headers: { 'x-a': 'b' }, body: Buffer.from('{"a": [1, 2]}') },
        { path: '/bytes', json: false, headers: {}, body: bytes },
      ],
    });
    const post = (url: string): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}${url}`, { method: 'POST', body: '{"x":1}' });
    const json = await post('/json');
    expect(json.headers.get('x-a')).toBe('b');
    expect(await json.text()).toBe('{"a":[1,2]}');
    expect(new Uint8Array(await (await post('/bytes')).arrayBuffer())).toEqual(bytes);
    expect((await post('/other')).status).toBe(404);
  } finally {
    await child.stop();
  }
});

it('bare runs a model for about as long as it is told', async () => {
  const file = path.join(folder, 'model.onnx');
  writeFileSync(file, benchModels['bench-tiny']!());
  const child = startChild<BareQuestion, BareAnswer>(path.join(__dirname, 'bare/main.js'), {});
  try {
    await expect(child.ask({ runForSeconds: 1, restMs: 0 })).rejects.toThrow('no model is loaded');
    const inputs = [input('INPUT0', [1, 16]), input('INPUT1', [1, 16])];
    await child.ask({ load: file, inputs });
    const answer = await child.ask({ runForSeconds: 0.2, restMs: 0 });
    expect(answer.seconds).toBeGreaterThanOrEqual(0.2);
    expect(answer.runs).toBeGreaterThan(10);
    expect(answer.p50Ms).toBeLessThanOrEqual(answer.p99Ms);
  } finally {
    await child.stop();
  }
});

it('a child that ends fails the question', async () => {
  const child = startChild<object, never>(path.join(__dirname, 'bare/main.js'), {});
  const asked = child.ask({ runForSeconds: 1, restMs: 0 }).catch((error: unknown) => String(error));
  await child.stop();
  expect(await asked).toMatch(/ended: exit code|no model is loaded/);
});
