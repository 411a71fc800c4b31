import type { InferRequest, InferResponse, ResolvedRequest } from '../protocol/infer';
import type { Tensor } from '../protocol/tensor';
import { context, floats, request, servable, spec, strings } from '../tests/support/servables';
import { checked } from './checked';

const model = servable(
  [spec('a', ['n', 2]), spec('s', ['n'], 'BYTES')],
  [spec('y', ['n', 2]), { name: 'map', datatype: null, valueType: 'seq(map)', shape: null }],
);
const good = [floats('a', [2, 2], [1, 2, 3, 4]), strings('s', [2], ['x', 'é'])];

function check(inputs: readonly Tensor[], outputs: string[] = [], of = model): ResolvedRequest {
  let seen: InferRequest | undefined;
  void checked((passed) => {
    seen = passed;
    return new Promise<InferResponse>(() => undefined);
  })(request(of, inputs, outputs), context());
  return seen as ResolvedRequest;
}

describe('checked', () => {
  test('a right request passes unchanged', () => {
    expect(check(good).inputs).toBe(good);
  });

  test('inputs come to the model in its own order', () => {
    expect(check([...good].reverse()).inputs.map((tensor) => tensor.name)).toEqual(['a', 's']);
  });

  test('[rows, 1] is taken where the model wants [rows]', () => {
    const folded = check([good[0]!, strings('s', [2, 1], ['x', 'y'])]);
    expect(folded.inputs[1]?.shape).toEqual([2]);
  });

  const bad: [string, readonly Tensor[], string[], RegExp][] = [
    [
      'an unknown input',
      [...good, floats('z', [1], [1])],
      [],
      /unexpected inference input 'z' for model 'm'/,
    ],
    [
      'a missing input',
      [good[0]!],
      [],
      /expected 2 inputs but got 1 .* missing required input\(s\) \['s'\]/,
    ],
    ['a doubled input', [good[0]!, good[0]!], [], /input 'a' already exists in request/],
    [
      'a wrong datatype',
      [{ ...good[0]!, datatype: 'INT32' }, good[1]!],
      [],
      /data-type is 'INT32', but model 'm' expects 'FP32'/,
    ],
    [
      'a wrong rank',
      [floats('a', [4], [1, 2, 3, 4]), good[1]!],
      [],
      /unexpected shape for input 'a' .*Expected \[-1,2\], got \[4\]/,
    ],
    [
      'a wrong dimension',
      [floats('a', [2, 1], [1, 2]), good[1]!],
      [],
      /Expected \[-1,2\], got \[2,1\]/,
    ],
    [
      'a wrong size',
      [floats('a', [2, 2], [1, 2, 3]), good[1]!],
      [],
      /byte size mismatch for input 'a' .*Expected 16, got 12/,
    ],
    ['a negative size', [floats('a', [-1, 2], []), good[1]!], [], /not a list of sizes/],
    [
      'an overflowing shape',
      [floats('a', [2147483648, 2], []), good[1]!],
      [],
      /product is below 2\^31/,
    ],
    [
      'rows that disagree',
      [good[0]!, strings('s', [1], ['x'])],
      [],
      /input 's' batch size does not match other inputs for 'm'/,
    ],
    [
      'a string with NUL',
      [good[0]!, strings('s', [2], ['x', 'a\0b'])],
      [],
      /element 1 of input 's' contains a NUL/,
    ],
    [
      'bytes that are not UTF-8',
      [good[0]!, { ...good[1]!, data: Uint8Array.of(1, 0, 0, 0, 255, 0, 0, 0, 0) }],
      [],
      /element 0 of input 's' is not UTF-8/,
    ],
    [
      'a string that runs past the end',
      [good[0]!, { ...good[1]!, data: Uint8Array.of(9, 0, 0, 0, 65) }],
      [],
      /ends inside string 0 of 2/,
    ],
    [
      'bytes left over',
      [good[0]!, { ...good[1]!, data: new Uint8Array(9) }],
      [],
      /1 bytes more than its 2 strings/,
    ],
    [
      'an unknown output',
      good,
      ['nope'],
      /unexpected inference output 'nope' for model 'm'; its outputs are 'y', 'map'/,
    ],
    [
      'an output that cannot be carried',
      good,
      ['map'],
      /output 'map' of model 'm' is a seq\(map\)/,
    ],
  ];
  test.each(bad)('%s is refused by name', (_, inputs, outputs, message) => {
    expect(() => check(inputs, outputs)).toThrow(message);
  });

  test('more rows than the configured limit are refused', () => {
    const small = servable([spec('a', ['n'])], [], { maxRows: 2, configured: true });
    expect(() => check([floats('a', [3], [1, 2, 3])], [], small)).toThrow(
      /batch-size must be <= 2 for 'm', got 3/,
    );
  });

  test('no rows cannot be filled up', () => {
    const padded = servable([spec('a', [null])], [], { maxRows: 2, padTo: 2 });
    expect(() => check([floats('a', [0], [])], [], padded)).toThrow(/batch-size must be >= 1/);
  });
});
