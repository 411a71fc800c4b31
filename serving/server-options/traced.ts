import type { Logger } from '../../core/logging';
import type { Stages } from '../../protocol/infer';
import type { AccessLog, LoggedRequest } from '../http/access-log';
import type { TraceOptions } from './trace-options';

/** An access log that also writes the traces that are wanted, a line each. */
export function traced(
  next: AccessLog,
  options: Pick<TraceOptions, 'wants'>,
  logger: Logger,
): AccessLog {
  return {
    done(request, status, ms) {
      const { stages, model } = request.notes;
      if (stages !== null && model !== '' && options.wants(model)) {
        logger.info({ trace: traceOf(request, stages, ms) }, 'trace');
      }
      next.done(request, status, ms);
    },
  };
}

/** Triton's names of moments, in nanoseconds of a clock that begins with the process. */
function traceOf(
  { requestId, notes: { model, version } }: LoggedRequest,
  stages: Stages,
  ms: number,
): object {
  const end = performance.now() * 1000;
  const start = end - ms * 1000;
  const queue = start + stages.decode;
  const compute = queue + stages.queue;
  // How the time on the way is shared out between there and back is not known.
  const input = compute + stages.transfer / 2;
  const output = input + stages.run;
  const timestamps = [
    ['REQUEST_START', start],
    ['QUEUE_START', queue],
    ['COMPUTE_START', compute],
    ['COMPUTE_INPUT_END', input],
    ['COMPUTE_OUTPUT_START', output],
    ['COMPUTE_END', output + stages.transfer / 2],
    ['REQUEST_END', end],
  ] as const;
  return {
    request_id: requestId,
    model_name: model,
    model_version: version,
    timestamps: timestamps.map(([name, us]) => ({ name, ns: Math.round(us * 1000) })),
  };
}
