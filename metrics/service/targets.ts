import type { ClusterProcess } from './processes';

/** Targets of Prometheus' HTTP discovery. */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** One group per process; those of unusual base paths say where their metrics are. */
export function targetGroups(processes: readonly ClusterProcess[]): TargetGroup[] {
  return processes.map(({ role, id, instance, url }) => {
    const { pathname, protocol } = new URL(`${url}/metrics`);
    const labels: Record<string, string> = { role };
    if (id !== '') labels['id'] = id;
    if (pathname !== '/metrics') labels['__metrics_path__'] = pathname;
    if (protocol === 'https:') labels['__scheme__'] = 'https';
    return { targets: [instance], labels };
  });
}
