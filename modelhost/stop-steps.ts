import type { StopStep } from '../core/lifecycle';
import type { Servers } from '../serving/grpc/beside-http';
import type { HeartbeatSender } from './cluster/heartbeat-sender';
import type { Parts } from './parts';
import { unasked } from './unasked';

/** How long a host that stops waits until others have what is not on all hosts, in milliseconds. */
const handOverMs = 5_000;

/**
 * First the inferrers learn that nothing new shall come, and balancers from them; then what is under
 * way is finished, then the parts close from the outside in.
 */
export function stopSteps(
  parts: Parts,
  server: Servers,
  sender: HeartbeatSender | undefined,
): StopStep[] {
  const { settings, store, asked, batcher, parsePool, shared, places, supervisor } = parts;
  return [
    ...telling(parts, sender),
    { name: 'until balancers know', run: () => unasked(asked) },
    {
      name: 'stop accepting',
      run: async () => {
        await server.stopAccepting();
        store.catalog.release();
      },
    },
    { name: 'drain', run: () => server.drain(settings.DRAIN_MS) },
    { name: 'repository', run: () => store.stop() },
    { name: 'runners', run: () => supervisor.close() },
    {
      name: 'heartbeats and what is left',
      async run() {
        sender?.close();
        batcher.close();
        places.close();
        server.close();
        parts.repository.dispose();
        await parsePool.close();
        shared.close();
      },
    },
  ];
}

function telling(
  { settings, stage, placements }: Parts,
  sender: HeartbeatSender | undefined,
): StopStep[] {
  const tell = (): Promise<void> => sender?.tell() ?? Promise.resolve();
  return [
    {
      name: 'hand over what is not on all hosts',
      run: () => placements.leave(tell, Math.min(settings.DRAIN_MS, handOverMs)),
    },
    {
      name: 'tell the inferrers',
      run: async () => {
        stage.leaving = true;
        await tell();
      },
    },
  ];
}
