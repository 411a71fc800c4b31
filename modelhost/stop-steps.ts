import type { StopStep } from '../core/lifecycle';
import type { Servers } from '../serving/grpc/beside-http';
import type { HeartbeatSender } from './cluster/heartbeat-sender';
import type { Parts } from './parts';
import { unasked } from './unasked';

/**
 * First the inferrers learn that nothing new shall come, and balancers from them; then what is under
 * way is finished, then the parts close from the outside in.
 */
export function stopSteps(
  parts: Parts,
  server: Servers,
  sender: HeartbeatSender | undefined,
): StopStep[] {
  const { settings, stage, store, asked, batcher, parsePool, shared, places, supervisor } = parts;
  return [
    {
      name: 'tell the inferrers',
      async run() {
        stage.leaving = true;
        await sender?.tell();
      },
    },
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
