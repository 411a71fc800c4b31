import { closeSync, fstatSync, openSync } from 'node:fs';
import { ShoalError } from '../../core/errors';
import { frameKinds } from '../../protocol/link/frame';
import { createFrameReader, type IncomingFrame } from '../../protocol/link/frame-reader';
import { decodeInfer, encodeInfer, type SharedPlace } from '../../protocol/link/frames';
import { decodeShare } from '../../protocol/link/share-frames';
import { gather } from '../batching/gather';
import { entryOf } from '../batching/entry';
import { batch } from '../../tests/support/batches';
import { context, floats, request, servable, spec } from '../../tests/support/servables';
import { SharedObjects } from '../../tests/support/shared-objects';
import { sharedTensor, type Tensor } from '../../protocol/tensor';
import { RegionFile } from '../shared-memory/region-file';
import { SharedFiles } from './shared-files';
import { SharedInputs } from './shared-inputs';

const objects = new SharedObjects('files-test');

let file: RegionFile;
let written: IncomingFrame[];
let files: SharedFiles;
let inputs: SharedInputs;
let reads: number;

beforeEach(() => {
  objects.create('x', Buffer.alloc(200_000));
  const descriptor = openSync(objects.file('x'), 'r+');
  file = new RegionFile('x', descriptor, { facts: fstatSync(descriptor), writable: true });
  written = [];
  reads = 0;
  const reader = createFrameReader(1e6, (frame) => written.push(frame));
  files = new SharedFiles((frame) => {
    reader.read(Buffer.concat(frame));
  });
  inputs = new SharedInputs(undefined, files);
});

afterEach(() => {
  file.close();
  objects.remove();
});

/** 80,000 bytes from the 8th on. */
function tensor(): Tensor {
  const shared = { file, at: 8, bytes: 80_000 };
  return sharedTensor(floats('x', [20_000], []), shared, () => {
    reads += 1;
    return Buffer.alloc(80_000);
  });
}

function place(): readonly (SharedPlace | undefined)[] | undefined {
  return inputs.place(1, aBatch());
}

/** As the batcher makes it. */
function aBatch() {
  const model = servable([spec('x', [null])], [], { allowed: false });
  const settling = { resolve: () => undefined, reject: () => undefined };
  const entry = entryOf(request(model, [tensor()]), context(), null, settling);
  return gather(model, [entry], performance.now()).batch;
}

test('a file is told of once, and its inputs travel until it is open on the other side', () => {
  expect([place(), place()]).toEqual([[undefined], [undefined]]);
  expect(written.map(({ kind }) => kind)).toEqual([frameKinds.share]);
  const { dev, ino } = fstatSync(openAgain());
  expect(decodeShare(written[0]!)).toEqual({ name: 'x', device: dev, inode: ino });
  files.answered(written[0]!.id, true);
  expect(place()).toEqual([{ at: 8, file: written[0]!.id }]);
  expect(reads).toBe(0);
});

let again = -1;

function openAgain(): number {
  return (again = openSync(objects.file('x'), 'r'));
}

afterEach(() => {
  if (again >= 0) closeSync(again);
  again = -1;
});

test('where the other side cannot open it they travel for ever', () => {
  place();
  files.answered(written[0]!.id, false);
  expect(place()).toEqual([undefined]);
  expect(written).toHaveLength(1);
});

test('when it is closed here the other side is told, and when the connection is over nobody', () => {
  place();
  file.close();
  expect(written.map(({ kind, id }) => [kind, id])).toEqual([
    [frameKinds.share, 1],
    [frameKinds.unshare, 1],
  ]);
  const descriptor = openSync(objects.file('x'), 'r+');
  file = new RegionFile('x', descriptor, { facts: fstatSync(descriptor), writable: true });
  place();
  files.end();
  file.close();
  expect(written).toHaveLength(3);
});

test('a frame says where an input lies, or brings it', () => {
  const received = (shared?: readonly (SharedPlace | undefined)[]) => {
    const frames: IncomingFrame[] = [];
    const reader = createFrameReader(1e6, (frame) => frames.push(frame));
    reader.read(Buffer.concat(encodeInfer(1, aBatch(), shared)));
    return decodeInfer(frames[0]!);
  };
  const lies = received([{ at: 8, file: 3 }]);
  expect(lies.shared).toEqual([{ input: 0, at: 8, bytes: 80_000, file: 3 }]);
  expect([lies.inputs[0]!.data.byteLength, reads]).toEqual([0, 0]);
  const travels = received();
  expect([travels.shared, travels.inputs[0]!.data.byteLength, reads]).toEqual([[], 80_000, 1]);
});

test('an input that cannot be read is its own error', () => {
  const gone = sharedTensor(floats('x', [1], []), { file, at: 0, bytes: 4 }, () => {
    throw new ShoalError('invalid_request', 'gone');
  });
  expect(() => encodeInfer(1, batch({ inputs: [gone] }))).toThrow('gone');
});
