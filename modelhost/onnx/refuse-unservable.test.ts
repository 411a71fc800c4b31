import { linkSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { tensor } from '../../examples/constants';
import type { Graph, Model, ValueType } from '../../examples/onnx-writer';
import { reluModel, temporaryDirectory, writeIn } from '../../tests/support/small-models';
import { describeShared, readManifest, sharedModels } from '../../tests/support/shared-models';
import { readModelFacts } from './read-model';
import { refuseUnservable } from './refuse-unservable';

const directory = temporaryDirectory();

async function check(graph: Partial<Graph>, model: Partial<Model> = {}): Promise<void> {
  const file = writeIn(directory, 'model.onnx', reluModel(graph, model));
  await refuseUnservable(await readModelFacts(file), directory);
}

function refusal(reason: RegExp): object {
  return { code: 'model_rejected', message: expect.stringMatching(reason) as string };
}

const own = { op: 'Twice', domain: 'my.ops', inputs: ['x'], outputs: ['y'] };
const maps: ValueType = {
  sequence: { map: { key: 'int64', value: { elem: 'float', shape: [] } } },
};

describe('served', () => {
  it.each<[string, Partial<Graph>, Partial<Model>?]>([
    ['a plain model', {}],
    ['operators of the runtime', { nodes: [{ ...own, domain: 'com.microsoft' }] }],
    [
      'operators that the model defines',
      { nodes: [own] },
      {
        functions: [
          { domain: 'my.ops', name: 'Twice', inputs: [], outputs: [], nodes: [], opsets: {} },
        ],
      },
    ],
    ['maps beside tensors', { outputs: [tensor('y', 'int64', [1]), { name: 'z', type: maps }] }],
  ])('%s', async (_, graph, model = {}) => {
    await expect(check(graph, model)).resolves.toBeUndefined();
  });
});

describe('refused', () => {
  const many = Array.from({ length: 4097 }, (_, k) => tensor(`x${k}`, 'float', [1]));
  it.each<[RegExp, Partial<Graph>, Partial<Model>?]>([
    [/imports no operator set/, {}, { opsets: {} }],
    [/operator set 27 .* up to 26/, {}, { opsets: { 'ai.onnx': 27 } }],
    [/IR version 14; .* up to 13/, {}, { irVersion: 14 }],
    [/operator "Twice" of the domain "my.ops"/, { nodes: [own] }],
    [
      /operator "Twice"/,
      { nodes: [own] },
      {
        functions: [
          { domain: 'my.ops', name: 'Thrice', inputs: [], outputs: [], nodes: [], opsets: {} },
        ],
      },
    ],
    [/"x" has the type seq\(map\(int64,float\)\)/, { inputs: [{ name: 'x', type: maps }] }],
    [/"x" has the type tensor\(complex64\)/, { inputs: [tensor('x', 'complex64', [1])] }],
    [/"x" declares no type/, { inputs: [{ name: 'x' }] }],
    [
      /"z" has the type tensor\(int4\)/,
      { outputs: [tensor('y', 'float', [1]), tensor('z', 'int4', [1])] },
    ],
    [
      /"z" has the type tensor\(float8e4m3fn\)/,
      { outputs: [tensor('y', 'float', [1]), tensor('z', 'float8e4m3fn', [1])] },
    ],
    [/"y" has the type seq/, { outputs: [{ name: 'y', type: maps }] }],
    [/no outputs/, { outputs: [] }],
    [/two inputs called "x"/, { inputs: [tensor('x', 'float', [1]), tensor('x', 'float', [1])] }],
    [/output without a name/, { outputs: [tensor('', 'float', [1])] }],
    [/4097 inputs; at most 4096/, { inputs: many }],
    [/name longer than 1024/, { inputs: [tensor('x'.repeat(1025), 'float', [1])] }],
  ])('%s', async (reason, graph, model = {}) => {
    await expect(check(graph, model)).rejects.toMatchObject(refusal(reason));
  });
});

describe('external data', () => {
  function withFile(location: string, entries: Record<string, string> = {}): Promise<void> {
    const external = { location, ...entries };
    return check({ constants: [{ name: 'w', elem: 'float', dims: [1], external }] });
  }

  beforeAll(() => {
    writeIn(directory, 'weights.bin', Buffer.alloc(64));
    mkdirSync(path.join(directory, 'part'));
    writeIn(directory, 'part/weights.bin', Buffer.alloc(8));
    writeIn(directory, 'twin.bin', Buffer.alloc(8));
    linkSync(path.join(directory, 'twin.bin'), path.join(directory, 'other-twin.bin'));
    symlinkSync('weights.bin', path.join(directory, 'link.bin'));
    symlinkSync('part', path.join(directory, 'link'));
  });

  it.each([
    ['weights.bin', {}],
    ['./weights.bin', { offset: '0', length: '64' }],
    ['part/weights.bin', { offset: '4', length: '4' }],
  ])('%s %j is served', async (location, entries) => {
    await expect(withFile(location, entries)).resolves.toBeUndefined();
  });

  it.each<[string, RegExp, Record<string, string>?]>([
    ['', /is empty/],
    ['/etc/passwd', /is absolute/],
    ['C:weights.bin', /is absolute/],
    ['../weights.bin', /with '\.\.'/],
    ['part/../weights.bin', /with '\.\.'/],
    ['part\\weights.bin', /backslash/],
    ['weights.bin\0', /NUL/],
    ['part/', /does not name a file/],
    ['.', /does not name a file/],
    ['*/_ORT_MEM_ADDR_/*', /address in memory/],
    ['missing.bin', /is missing/],
    ['weights.bin/inside', /is missing/],
    ['part', /not a regular file/],
    ['link.bin', /symbolic link/],
    ['link/weights.bin', /symbolic link/],
    ['twin.bin', /hard link/],
    ['weights.bin', /wants bytes 32 to 65 .* has 64 bytes/, { offset: '32', length: '33' }],
    ['weights.bin', /wants bytes 65 to 65/, { offset: '65' }],
  ])('%j is refused: %s', async (location, reason, entries = {}) => {
    const refused = expect(withFile(location, entries)).rejects;
    await refused.toMatchObject(refusal(reason));
    await expect(withFile(location, entries)).rejects.not.toThrow(directory);
  });
});

describeShared('the shared models', () => {
  const { models } = readManifest();
  /** Only the runtime itself can tell. */
  const leftToTheProbe = ['bad_unknown_op', 'hostile_light_zfnet512'];

  it.each(models.map(({ name, file }) => [name, file]))('%s', async (name, file) => {
    const model = path.join(sharedModels, file);
    const served = async (): Promise<void> => {
      await refuseUnservable(await readModelFacts(model), path.dirname(model));
    };
    const expected = models.find((entry) => entry.name === name)!.expect;
    if (expected === undefined || leftToTheProbe.includes(name)) await served();
    else await expect(served()).rejects.toMatchObject({ code: 'model_rejected' });
  });
});
