import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createStack, missingStack, type ComposeStack } from '../support/compose';
import { describeWhere } from '../support/describe-where';
import { fencesOf, readDocument } from '../support/markdown';
import { eventually } from '../support/processes';

const minutes = 60_000;
const image = 'shoal-test-modelhost-1.22';

/** The block of docs/models.md in this language that says this, for the images of the tests. */
function told(language: string, word: string): string {
  const blocks = fencesOf(readDocument('docs/models.md'));
  const block = blocks.find((each) => each.language === language && each.text.includes(word));
  return block!.text.replaceAll('shoal-modelhost', 'shoal-test-modelhost');
}

describeWhere(missingStack('v1'), 'images with two releases of ONNX Runtime in one stack', () => {
  let folder: string;
  let stack: ComposeStack;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'shoal-earlier-'));
    stack = await createStack({ tool: ['docker-compose'], project: 'shoalrelease' });
    await stack.start();
    writeFileSync(path.join(folder, 'Dockerfile'), told('dockerfile', 'onnxruntime-node@1.22.0'));
    await stack.run('docker', 'build', '-t', image, folder);
    const more = path.join(folder, 'earlier.yml');
    const root = `file: ${path.resolve('docker-compose.yml')}`;
    writeFileSync(
      more,
      told('yaml', 'modelhost-earlier').replace('file: docker-compose.yml', root),
    );
    await stack.compose('-f', 'docker-compose.yml', '-f', more, 'up', '-d');
    await stack.serving(3);
  }, 8 * minutes);

  afterAll(async () => {
    await stack.compose('down', '-v', '--timeout', '5', '--remove-orphans');
    await stack.run('docker', 'rmi', image);
    rmSync(folder, { recursive: true, force: true });
  }, 2 * minutes);

  test('serve the same model side by side, each on its own release', async () => {
    const answers = new Map<string, unknown>();
    await eventually('each of three hosts has answered', async () => {
      const answer = await fetch(`${stack.url}/api/v1/models/iris/prediction`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ values: [5.1, 3.5, 1.4, 0.2] }),
      });
      expect(answer.status).toBe(200);
      const { outputs } = (await answer.json()) as { outputs: { label: unknown } };
      answers.set(answer.headers.get('shoal-modelhost') ?? '', outputs.label);
      return answers.size === 3 || undefined;
    });
    const [one] = answers.values();
    expect(one).toEqual(expect.anything());
    expect([...answers.values()]).toEqual([one, one, one]);

    const metrics = await (await fetch(`${stack.metrics}/metrics/cluster`)).text();
    const releases = [...metrics.matchAll(/^shoal_runtime_info\{.*release="(.+?)".*\} 1$/gm)];
    const each = releases.map(([, release = '']) => release).sort();
    expect(each).toEqual(['1.22.0', each[1], each[1]]);
    expect(each[1]).not.toBe('1.22.0');
  });
});
