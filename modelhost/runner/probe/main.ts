import { asShoalError } from '../../../core/errors';
import { loadSession } from '../session';
import type { FromProbe, ToProbe } from './probe-messages';
import { tryModel } from './try-model';

function tell(message: FromProbe, then?: () => void): void {
  process.send?.(message, undefined, undefined, then);
}

async function probe({ path, signature, padTo }: ToProbe): Promise<FromProbe> {
  const emptyBytes = process.memoryUsage.rss();
  const before = process.cpuUsage();
  const session = await loadSession(path, 1);
  const { user, system } = process.cpuUsage(before);
  tell({ kind: 'loaded' });
  const trial = await tryModel(session, signature, padTo);
  const residentBytes = process.resourceUsage().maxRSS * 1024 - emptyBytes;
  return { kind: 'report', loadMs: (user + system) / 1000, residentBytes, trial };
}

process.on('message', (order: ToProbe) => {
  const end = (): void => process.exit(0);
  probe(order).then(
    (report) => {
      tell(report, end);
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
