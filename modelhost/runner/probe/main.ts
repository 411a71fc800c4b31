import { asShoalError } from '../../../core/errors';
import { loadRuntime } from '../runtime';
import { createLoadSession } from '../session';
import type { FromProbe, ToProbe } from './probe-messages';
import { warmUp } from '../warm-up';
import { rowTimes } from './row-times';
import { carriable, tryModel } from './try-model';

const loadSession = createLoadSession(loadRuntime(process.argv[2] ?? ''));

function tell(message: FromProbe, then?: () => void): void {
  process.send?.(message, undefined, undefined, then);
}

async function probe({ path, signature, padTo, warmUps, sizes }: ToProbe): Promise<void> {
  const emptyBytes = process.memoryUsage.rss();
  const before = process.cpuUsage();
  const session = await loadSession(path, 1);
  const { user, system } = process.cpuUsage(before);
  tell({ kind: 'loaded' });
  const trial = await tryModel(session, signature, padTo);
  const outputs = carriable(signature);
  await warmUp(session, { warmUps, outputs, padTo, withinMs: Infinity });
  const residentBytes = process.resourceUsage().maxRSS * 1024 - emptyBytes;
  const loadMs = (user + system) / 1000;
  await new Promise<void>((resolve) => {
    tell({ kind: 'report', loadMs, residentBytes, trial }, resolve);
  });
  const { canBatch, madeUpBy } = trial;
  if (madeUpBy === undefined) return;
  const order = {
    session,
    signature,
    padTo,
    madeUpBy,
    sizes: canBatch ? sizes : sizes.slice(0, 1),
  };
  await rowTimes(order, (time) => {
    tell({ kind: 'measured', time });
  });
}

process.on('message', (order: ToProbe) => {
  const end = (): void => process.exit(0);
  probe(order).then(
    // With what was told before it.
    () => {
      tell({ kind: 'done' }, end);
    },
    (thrown: unknown) => {
      const { code, message } = asShoalError(thrown);
      tell({ kind: 'error', code, message }, end);
    },
  );
});
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit(0));
tell({ kind: 'up' });
