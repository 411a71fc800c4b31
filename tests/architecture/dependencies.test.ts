import { readdirSync } from 'node:fs';
import path from 'node:path';
import {
  createSeededProject,
  folders,
  sound,
  type Files,
  type SeededProject,
} from '../support/seeded-project';

describe('dependency-cruiser', () => {
  const onlyThere: readonly (readonly [string, string, string])[] = [
    ['express', 'inferrer/pickers/first.ts', 'express'],
    ['http-proxy', 'inferrer/other.ts', 'http-proxy'],
    ['undici', 'modelhost/client.ts', 'undici'],
    ['onnxruntime-node', 'modelhost/probe/load.ts', 'onnxruntime-node'],
    ['multer', 'modelhost/app.ts', 'multer'],
    ['prom-client', 'serving/counted.ts', 'prom-client'],
    ['dotenv', 'core/environment.ts', 'dotenv'],
    ['pino', 'serving/log.ts', 'pino'],
    ['zod', 'protocol/check.ts', 'zod'],
    ['sharp', 'modelhost/picture.ts', 'sharp'],
    ['@bufbuild/protobuf', 'serving/message.ts', '@bufbuild/protobuf'],
    ['@aws-sdk/client-s3', 'modelhost/other-s3.ts', '@aws-sdk/client-s3'],
  ];
  const layers: readonly (readonly [string, string, string])[] = [
    ['core', 'core/high.ts', '../protocol/word'],
    ['protocol', 'protocol/high.ts', '../serving/step'],
    ['metrics', 'metrics/high.ts', '../protocol/word'],
    ['metrics/service', 'metrics/service/high.ts', '../../modelhost/kept'],
    ['serving', 'serving/high.ts', '../modelhost/kept'],
    ['inferrer', 'inferrer/high.ts', '../modelhost/kept'],
    ['modelhost', 'modelhost/high.ts', '../inferrer/kept'],
    ['client', 'client/high.ts', '../core/base'],
    ['embedded', 'embedded/high.ts', '../serving/step'],
    ['examples', 'examples/high.ts', '../protocol/word'],
  ];
  const kept = {
    'modelhost/kept.ts': `import { base } from '../core/base';\nexport const kept = base;\n`,
    'inferrer/kept.ts': `import { base } from '../core/base';\nexport const kept = base;\n`,
  };
  const cases: readonly (readonly [rule: string, files: Files])[] = [
    [
      'no-cycles',
      {
        'core/a.ts': `import type { B } from './b';\nexport type A = B | 1;\n`,
        'core/b.ts': `import type { A } from './a';\nexport type B = A | 2;\n`,
      },
    ],
    ['no-orphans', { 'serving/alone.ts': `export const alone = 1;\n` }],
    ['nobody-imports-main', { 'inferrer/app.ts': `export { started } from './main';\n` }],
    [
      'no-drawers',
      {
        'core/utils.ts': `export const drawer = 1;\n`,
        'serving/drawer-user.ts': `export { drawer } from '../core/utils';\n`,
      },
    ],
    [
      'no-tests-in-production',
      {
        'tests/support/fake.ts': `export const fake = 1;\n`,
        'serving/fake-user.ts': `export { fake } from '../tests/support/fake';\n`,
      },
    ],
    [
      'decisions-are-pure',
      { 'inferrer/pickers/clocked.ts': `export { performance } from 'node:perf_hooks';\n` },
    ],
    [
      'client-runs-anywhere',
      { 'client/clocked.ts': `export { performance } from 'node:perf_hooks';\n` },
    ],
    ['package-not-listed', { 'serving/package-user.ts': `export { default } from 'supertest';\n` }],
    ...onlyThere.map(([name, file, from]): readonly [string, Files] => [
      `only-there:${name}`,
      { [file]: `import * as found from '${from}';\nexport default found;\n` },
    ]),
    ...layers.map(([name, file, from]): readonly [string, Files] => [
      `layer:${name}`,
      { [file]: `export * from '${from}';\n` },
    ]),
  ];

  let project: SeededProject;
  let broken: { rule: string; file: string }[];
  let modules: number;

  beforeAll(() => {
    project = createSeededProject(['supertest', ...onlyThere.map(([, , from]) => from)]);
    project.seed(Object.assign({}, kept, ...cases.map(([, files]) => files)) as Files);
    const args = ['--config', '.dependency-cruiser.cjs', '-T', 'json', ...folders];
    const { summary } = JSON.parse(project.run('depcruise', ...args).output) as {
      summary: { totalCruised: number; violations: { from: string; rule: { name: string } }[] };
    };
    modules = summary.totalCruised;
    broken = summary.violations.map(({ rule, from }) => ({ rule: rule.name, file: from }));
  });

  afterAll(() => {
    project.remove();
  });

  test('has a case here for each of its rules', () => {
    const { forbidden } = jest.requireActual<{ forbidden: { name: string }[] }>(
      path.resolve('.dependency-cruiser.cjs'),
    );
    const tested = new Set(cases.map(([rule]) => rule));
    expect(forbidden.map(({ name }) => name).filter((name) => !tested.has(name))).toEqual([]);
  });

  test('finds nothing in the sound files, and has looked at all of them', () => {
    expect(modules).toBeGreaterThan(Object.keys(sound).length + cases.length);
    expect(broken.filter(({ file }) => file in sound)).toEqual([]);
  });

  test.each(cases)('catches what breaks %s', (rule, files) => {
    const found = broken.filter((one) => one.rule === rule).map(({ file }) => file);
    expect(Object.keys(files).some((file) => found.includes(file))).toBe(true);
  });
});

test('no file of ours bears the name of a drawer', () => {
  const files = folders
    .filter((name) => readdirSync('.').includes(name))
    .flatMap((name) =>
      readdirSync(name, { recursive: true, encoding: 'utf8' }).map((file) => `${name}/${file}`),
    );
  expect(files.length).toBeGreaterThan(50);
  expect(
    files.filter((file) => /\/(utils?|helpers?|common|misc|shared)(\.ts|\/|$)/.test(file)),
  ).toEqual([]);
});
