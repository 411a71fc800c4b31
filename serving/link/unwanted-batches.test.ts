import { ShoalError } from '../../core/errors';
import { frameKinds } from '../../protocol/link/frame';
import type { IncomingFrame } from '../../protocol/link/frame-reader';
import { encodeFailed, encodeHello, encodeReply } from '../../protocol/link/frames';
import { batch } from '../../tests/support/batches';
import { eventually } from '../../tests/support/processes';
import { startScriptedRunner, type ScriptedRunner } from '../../tests/support/scripted-runner';
import { createFramesLink, type FramesLink } from './frames-link';

let link: FramesLink;
let runner: ScriptedRunner;
/** What has come but for the hello. */
let frames: IncomingFrame[];
/** Whether the runner says hello. */
let friendly: boolean;

beforeEach(async () => {
  [frames, friendly] = [[], true];
  runner = await startScriptedRunner((frame, answer) => {
    if (frame.kind !== frameKinds.hello) frames.push(frame);
    else if (friendly) answer(encodeHello({ host: 'h', runner: 'r', secret: '', shared: '' }));
  });
  link = createFramesLink({ address: runner.address, secret: '' });
});

afterEach(async () => {
  link.close();
  await runner.stop();
});

const kinds = (): number[] => frames.map(({ kind }) => kind);
const soon = (): number => performance.now() + 30_000;

test('the runner is told once, and what it answers counts', async () => {
  let wanted = true;
  let looks = 0;
  const unwanted = (): boolean => {
    looks += 1;
    return false;
  };
  const kept = link.send({ ...batch({}), unwanted }, soon());
  const left = link.send({ ...batch({}), unwanted: () => !wanted }, soon());
  await eventually('both are there', () => frames.length === 2 || undefined);
  wanted = false;
  await eventually('it is told', () => frames.length === 3 || undefined);
  const [first, second, word] = frames;
  expect([word?.kind, word?.id]).toEqual([frameKinds.unwanted, second?.id]);
  const before = looks;
  await eventually('it has been looked again', () => looks > before + 3 || undefined);
  const gone = new ShoalError('client_closed', 'nobody waits');
  runner.write(encodeFailed(second!.id, gone));
  expect(await left).toMatchObject({ outcome: 'failed', error: { code: 'client_closed' } });
  const reply = { queueUs: 1, runUs: 2, outputs: [] };
  runner.write(encodeReply(first!.id, reply));
  expect((await kept).outcome).toBe('replied');
  expect(kinds()).toEqual([frameKinds.infer, frameKinds.infer, frameKinds.unwanted]);
});

test('one that has not been sent yet never is', async () => {
  friendly = false;
  const sent = link.send({ ...batch({}), unwanted: () => true }, soon());
  expect(await sent).toMatchObject({
    outcome: 'failed',
    error: { code: 'client_closed' },
    late: true,
  });
  expect(frames).toEqual([]);
});
