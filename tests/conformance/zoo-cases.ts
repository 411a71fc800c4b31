import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Tensor } from '../../protocol/tensor';
import { caseTensor, readCase, type SharedCase } from '../support/shared-cases';
import { readManifest, sharedModels, type BackendCase } from '../support/shared-models';
import { readOptionalProto, readTensorProto } from '../support/tensor-proto';

/** A model of the zoo under the name that it is uploaded by. */
export interface ZooModel {
  readonly name: string;
  readonly file: string;
  /** Weights beside the model's file. */
  readonly external: readonly string[];
}

/** One call and what it must answer. */
export interface ZooCase {
  readonly model: string;
  readonly name: string;
  readonly inputs: readonly Tensor[];
  /** Empty where the call must fail because of its data. */
  readonly outputs: readonly Tensor[];
  readonly rtol: number;
  readonly atol: number;
}

const inside = (file: string): string => path.join(sharedModels, file);

/** All models: those with cases of their own and those of the ONNX backend test suite. */
export function zooModels(): ZooModel[] {
  const { models, backend } = readManifest();
  const own = models.map(({ name, file, tags, extra_files: extra = [] }) => ({
    name,
    file: inside(file),
    external: tags.includes('external-data') ? extra.map((each) => inside(each.file)) : [],
  }));
  const suite = backend.cases.map((each) => ({
    name: backendName(each),
    file: inside(each.file),
    external: [],
  }));
  return [...own, ...suite];
}

/** Every case that is one call with given inputs. */
export function zooCases(): ZooCase[] {
  const { models, backend } = readManifest();
  const own = models
    .flatMap(({ cases }) => cases)
    .map(readCase)
    .filter((one) => one.inputs && (one.outputs ?? one.expect_error))
    .map(ownCase);
  const suite = backend.cases
    .filter((each) => each.onnxruntime_node_1_30_0 === 'match')
    .flatMap((each) => backendCases(each, backend.atol_overrides));
  return [...own, ...suite];
}

function ownCase(one: SharedCase): ZooCase {
  const { rtol = 0, atol = 0 } = one;
  return {
    model: one.model,
    name: `${one.model} ${one.case}`,
    inputs: (one.inputs ?? []).map(caseTensor),
    outputs: (one.outputs ?? []).map(caseTensor),
    rtol,
    atol,
  };
}

function backendCases(each: BackendCase, overrides: Readonly<Record<string, number>>): ZooCase[] {
  const [, id = ''] = each.id.split('/');
  const tensors = (files: readonly string[], values: readonly string[]): Tensor[] =>
    files.map((file, index) => {
      const [, name = '', type] = /^(.*?):(optional|seq|\w+)\W/.exec(values[index] ?? '') ?? [];
      const read = type === 'optional' ? readOptionalProto : readTensorProto;
      return read(readFileSync(inside(file)), name);
    });
  return each.sets.map((set) => ({
    model: backendName(each),
    name: `${each.id} ${set.name}`,
    inputs: tensors(set.inputs, each.inputs),
    outputs: tensors(set.outputs, each.outputs),
    rtol: 1e-3,
    atol: overrides[id] ?? 1e-5,
  }));
}

function backendName({ id }: BackendCase): string {
  return id.replace('/', '.');
}
