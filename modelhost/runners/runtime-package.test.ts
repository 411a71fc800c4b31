import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SettingsError } from '../../core/settings';
import { writeAddOne } from '../../tests/support/made-models';
import { writeOtherRuntime, writePackage } from '../../tests/support/other-runtime';
import { floats, floatsOf, spec } from '../../tests/support/servables';
import { temporaryDirectory } from '../../tests/support/small-models';
import { replied, startRunner } from '../../tests/support/started-runner';
import { probeModel } from '../probe/probe-model';
import { runtimePackage } from './runtime-package';

const folder = temporaryDirectory();
const named = { name: 'onnxruntime-node', version: '1.2.3' };

test('without a directory it is the one that comes with the server', () => {
  const file = 'node_modules/onnxruntime-node/package.json';
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  expect(runtimePackage('')).toEqual({ directory: '', release: version });
});

test('another one is what runners and tries of models load, and nothing else', async () => {
  const other = writeOtherRuntime(path.join(folder, 'other'));
  const runtime = runtimePackage(path.relative(process.cwd(), other.directory));
  expect(runtime).toEqual({ directory: other.directory, release: other.release });
  const file = writeAddOne(folder);
  const runner = await startRunner({ runtime: other.directory });
  await runner.load(file, ['y']);
  const reply = replied(await runner.send({ inputs: [floats('x', [1, 3], [1, 2, 3])] }));
  expect(floatsOf(reply.outputs[0]!)).toEqual([2, 3, 4]);
  await runner.end();
  const signature = { inputs: [spec('x', ['n', 3])], outputs: [spec('y', ['n', 3])] };
  const limits = { timeLimitMs: 20_000, memoryLimitBytes: 2 ** 31 };
  await probeModel({ path: file, signature, runtime: other.directory, ...limits });
  expect(other.loaded()).toEqual([file, file]);
});

test.each<[string, () => string, RegExp]>([
  ['nothing', () => path.join(folder, 'none'), /package\.json cannot be read: .*ENOENT/],
  ['another package', () => writePackage(path.join(folder, 'a'), { name: 'x' }, ''), /is of "x"/],
  [
    'what lacks a part that it needs',
    () => writePackage(path.join(folder, 'b'), named, "require('onnx-none')"),
    /its release 1\.2\.3 cannot be loaded here: Cannot find module 'onnx-none'/,
  ],
  [
    'what is no runtime',
    () => writePackage(path.join(folder, 'c'), named, ''),
    /cannot be loaded here: it has no InferenceSession/,
  ],
  [
    'what ends its process',
    () => writePackage(path.join(folder, 'd'), named, 'process.abort()'),
    /cannot be loaded here: the process that does so ends with SIGABRT/,
  ],
])('a directory with %s is refused with the reason', (_, write, reason) => {
  const directory = write();
  expect(() => runtimePackage(directory)).toThrow(SettingsError);
  expect(() => runtimePackage(directory)).toThrow(reason);
});
