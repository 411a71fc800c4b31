import type { ProbeReport } from './probe-report';

const slowLoadMs = 250;
const slowRunUs = 100_000;

/** True for models that would hold up the others of a shared runner while they load or run. */
export function wantsOwnRunner(report: Pick<ProbeReport, 'loadMs' | 'rowUs'>): boolean {
  return report.loadMs > slowLoadMs || report.rowUs.alone > slowRunUs;
}
