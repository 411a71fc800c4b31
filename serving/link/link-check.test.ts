import { frameKinds } from '../../protocol/link/frame';
import { encodeHello, encodePong, encodeReply } from '../../protocol/link/frames';
import { batch } from '../../tests/support/batches';
import { eventually } from '../../tests/support/processes';
import { startScriptedRunner, type ScriptedRunner } from '../../tests/support/scripted-runner';
import { createFramesLink, type FramesLink } from './frames-link';

let link: FramesLink;
let runner: ScriptedRunner;
let pings: number[];
let held: number[];

/** A runner that says hello and then holds everything back until the test lets it go. */
beforeEach(async () => {
  [pings, held] = [[], []];
  runner = await startScriptedRunner(({ kind, id }, say) => {
    if (kind === frameKinds.hello)
      say(encodeHello({ host: 'h', runner: 'r', secret: '', shared: '' }));
    else if (kind === frameKinds.ping) pings.push(id);
    else held.push(id);
  });
  link = createFramesLink({ address: runner.address, secret: '' });
});

afterEach(async () => {
  link.close();
  await runner.stop();
});

function sent() {
  return link.send(batch({}), performance.now() + 20_000);
}

async function pinged(): Promise<void> {
  link.check(1000, undefined);
  await eventually('a ping', () => pings[0]);
}

function answer(): void {
  const reply = encodeReply(held[0]!, { queueUs: 1, runUs: 2, outputs: [] });
  runner.write(reply);
}

test('a runner that is heard of elsewhere after the ping, but not here: lost', async () => {
  const attempt = sent();
  await eventually('the batch is there', () => held[0]);
  await pinged();
  link.check(3000, 1400);
  expect(link.connected).toBe(true);
  link.check(3000, 1600);
  expect(await attempt).toMatchObject({ outcome: 'lost' });
});

test('a runner that is heard of nowhere is inside a run: its answer is waited for', async () => {
  const attempt = sent();
  await eventually('the batch is there', () => held[0]);
  await pinged();
  link.check(30_000, undefined);
  link.check(60_000, 900);
  answer();
  expect(await attempt).toMatchObject({ outcome: 'replied' });
});

test('a pong ends the doubt; the next check asks anew', async () => {
  const attempt = sent();
  await eventually('the batch is there', () => held[0]);
  await pinged();
  runner.write(encodePong(pings[0]!));
  await eventually('another ping', () => {
    link.check(5000, 1000);
    return pings[1];
  });
  expect(link.connected).toBe(true);
  answer();
  expect(await attempt).toMatchObject({ outcome: 'replied' });
});
