import type { Socket } from 'node:net';
import type { ShoalError } from '../../core/errors';
import type { AccessLog } from './access-log';
import { answerRaw, unreadable } from './broken-request';
import type { Connections } from './connections';
import type { RequestMetrics } from './request-observer';

/** Answers bytes that are no request, and closes their connection. */
export type Refuse = (fault: ShoalError, socket: Socket) => void;

export interface RefusalParts {
  readonly metrics: RequestMetrics;
  readonly accessLog: AccessLog;
}

/** What cannot be read is answered unless earlier requests on the connection still wait. */
export function createRefusal(
  { metrics, accessLog }: RefusalParts,
  connections: Connections,
  requestIds: (given: string | undefined) => string,
): Refuse {
  return (fault, socket) => {
    const connection = connections.of(socket);
    if (connection.closing || socket.writableEnded) return;
    connection.closing = true;
    if (connection.open > 0 && connection.latest?.complete === true) return;
    const request = unreadable(requestIds(undefined), socket, fault);
    const status = answerRaw(socket, fault, request.requestId);
    // A request that had begun is counted where it ends.
    if (connection.open > 0) return;
    metrics.started();
    metrics.done(request.notes, status, 0);
    accessLog.done(request, status, 0);
  };
}
