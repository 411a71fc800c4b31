import path from 'node:path';
import { caseTensor, decodeStrings, readCase } from './shared-cases';
import { describeShared, sharedModel, sharedModelFile, sharedModels } from './shared-models';
import { runReference } from './runtime-run';

describeShared('the reference runtime in a child process', () => {
  it('gives numbers and texts as tensors', async () => {
    const [file] = sharedModel('triton_simple_string').cases;
    const { inputs } = readCase(file!);
    const outputs = await runReference(
      sharedModelFile('triton_simple_string'),
      inputs!.map(caseTensor),
      ['OUTPUT1', 'OUTPUT0'],
    );
    expect(outputs.map((output) => output.name)).toEqual(['OUTPUT1', 'OUTPUT0']);
    expect(decodeStrings(outputs[0]!.data).slice(0, 3)).toEqual(['-1', '0', '1']);
    expect(outputs[1]!.shape).toEqual([1, 16]);
  });

  it('leaves out what is no tensor', async () => {
    const example = readCase(sharedModel('logreg_iris').cases[0]!);
    const outputs = await runReference(
      sharedModelFile('logreg_iris'),
      example.inputs!.map(caseTensor),
    );
    expect(outputs).toEqual(example.outputs!.map(caseTensor).map(sameRealm));
  });

  it('survives a model that takes its process down', async () => {
    const example = readCase(sharedModel('hostile_cast_float_to_int4').cases[0]!);
    const file = sharedModelFile('hostile_cast_float_to_int4');
    await expect(runReference(file, example.inputs!.map(caseTensor))).rejects.toThrow('SIGABRT');
    const none = path.join(sharedModels, 'none.onnx');
    await expect(runReference(none, [])).rejects.toThrow('none.onnx');
  });
});

function sameRealm<T extends { data: Uint8Array }>(tensor: T): T {
  return { ...tensor, data: new Uint8Array(tensor.data) };
}
