import { ShoalError } from '../../core/errors';
import type { Batch } from '../../protocol/link/batch';
import type { SharedFile } from '../../protocol/link/shared-file';
import { sharedTensor, type Tensor } from '../../protocol/tensor';
import { batcher, doubler, DoublingHost } from '../../tests/support/doubling-host';
import { context, floats, floatsOf, request } from '../../tests/support/servables';

const file: SharedFile = { name: 'f', device: 1, inode: 1, onClose: () => () => undefined };

let reads: number;

beforeEach(() => {
  reads = 0;
});

/** A row that lies in shared memory, or has gone from there. */
function far(value: number, gone = false): Tensor {
  const { data } = floats('x', [1, 2], [value, value]);
  return sharedTensor(floats('x', [1, 2], []), { file, at: 0, bytes: 8 }, () => {
    reads += 1;
    if (gone) throw new ShoalError('invalid_request', 'gone');
    return data;
  });
}

const near = (value: number): Tensor => floats('x', [1, 2], [value, value]);

async function outcomes(
  host: DoublingHost,
  inputs: readonly Tensor[],
  model = doubler(),
  see: (batch: Batch) => void = () => undefined,
) {
  const subject = batcher((batch, deadline) => {
    see(batch);
    return host.run(batch, deadline);
  });
  const answers = await Promise.allSettled(
    inputs.map((input) => subject.infer(request(model, [input]), context())),
  );
  subject.close();
  return answers.map((answer) =>
    answer.status === 'fulfilled'
      ? floatsOf(answer.value.outputs[0]!)[0]
      : (answer.reason as ShoalError).code,
  );
}

test('a request that leaves alone is left where it lies', async () => {
  const host = new DoublingHost();
  const seen: (number | undefined)[] = [];
  const answers = await outcomes(host, [far(3)], doubler(), (batch) => {
    seen.push(batch.inputs[0]?.shared?.bytes, reads);
  });
  expect(answers).toEqual([6]);
  expect(seen).toEqual([8, 0]);
});

test('those that leave together are read, and one that cannot be is answered alone', async () => {
  const host = new DoublingHost();
  const answers = await outcomes(host, [near(1), far(2), far(3, true), near(4)]);
  expect(answers).toEqual([2, 4, 'invalid_request', 8]);
  expect(host.batches.map(({ rows }) => rows)).toEqual([3]);
  expect(host.batches[0]?.inputs[0]?.shared).toBeUndefined();
});

test('of nobody who can be read nothing leaves', async () => {
  const host = new DoublingHost();
  expect(await outcomes(host, [far(1, true), far(2, true)])).toEqual([
    'invalid_request',
    'invalid_request',
  ]);
  expect(host.batches).toEqual([]);
});

test('rows that are filled up are read, too', async () => {
  const host = new DoublingHost();
  const model = doubler({ maxRows: 4, gatherRows: 4, padTo: 4 });
  expect(await outcomes(host, [far(5)], model)).toEqual([10]);
  expect(host.batches[0]?.inputs[0]).not.toHaveProperty('shared');
  expect(await outcomes(host, [far(5, true)], model)).toEqual(['invalid_request']);
});
