import path from 'node:path';
import { scenarios } from './scenarios';
import { benchModels } from './models';

it('has models that there are and no name twice', () => {
  expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
  expect(Object.keys(benchModels)).toEqual(
    expect.arrayContaining(scenarios.map(({ model }) => model)),
  );
});

describe.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', (_, one) => {
  const { body, headers, path: url } = one.request;
  const length = headers['inference-header-content-length'];
  const call = JSON.parse(
    Buffer.from(body.subarray(0, Number(length ?? body.length))).toString(),
  ) as {
    inputs: { name: string; shape: number[]; datatype: string; data?: number[] }[];
  };

  it('asks for its model with the inputs that bare gets', () => {
    expect(url).toBe(`/v2/models/${one.model}/infer`);
    expect(path.posix.normalize(url)).toBe(url);
    expect(call.inputs.map(({ name, shape }) => ({ name, shape }))).toEqual(
      one.inputs.map(({ name, shape }) => ({ name, shape })),
    );
  });

  it('carries the numbers, as JSON or behind it', () => {
    const wanted = Buffer.concat(one.inputs.map(({ data }) => data));
    const carried = one.json
      ? Buffer.concat(call.inputs.map(({ data }) => Buffer.from(Float32Array.from(data!).buffer)))
      : Buffer.from(body.subarray(Number(length)));
    expect(carried.equals(wanted)).toBe(true);
  });
});
