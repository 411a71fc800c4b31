import type { Logger } from '../../core/logging';
import type { Catalog } from '../../protocol/catalog';
import type { ServerOptions } from '../../protocol/control/server-options';
import type { AccessLog } from '../http/access-log';
import { LogOptions } from './log-options';
import { TraceOptions } from './trace-options';
import { traced } from './traced';

/** The options of this process, and the access log that acts on them. */
export interface ActingOptions extends ServerOptions {
  withTraces(accessLog: AccessLog): AccessLog;
}

export function createServerOptions(catalog: Catalog, logger: Logger): ActingOptions {
  const traces = new TraceOptions(catalog);
  const logs = new LogOptions(logger);
  return {
    trace: (model) => traces.of(model),
    changeTrace: (model, changes) => traces.change(model, changes),
    log: () => logs.all(),
    changeLog: (changes) => logs.change(changes),
    withTraces: (accessLog) => traced(accessLog, traces, logger),
  };
}
