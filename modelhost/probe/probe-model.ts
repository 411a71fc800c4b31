import type { ProbeOrder, ProbeReport } from './probe-report';

/**
 * Loads and runs a model once in a process of its own. Rejects with model_rejected and the reason:
 * the runtime refused it, it crashed, it took too long or too much memory.
 */
export type ProbeModel = (order: ProbeOrder) => Promise<ProbeReport>;
