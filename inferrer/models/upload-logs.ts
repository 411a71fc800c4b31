import { EventLog } from '../../serving/events/event-log';

/** The steps of uploads, by the id of their request. Those that are over are kept for a while. */
export interface UploadLogs {
  begin(id: string): EventLog;
  find(id: string): EventLog | undefined;
}

/** Events of one upload: there are some twenty, and one for each modelhost. */
const keptEvents = 1000;

/** `most` are kept; of more, those go first that have been over for longest. */
export function createUploadLogs(most = 200): UploadLogs {
  const logs = new Map<string, EventLog>();

  function makeRoom(): boolean {
    if (logs.size < most) return true;
    const over = [...logs].find(([, log]) => log.ended);
    return over !== undefined && logs.delete(over[0]);
  }

  return {
    begin(id) {
      const log = new EventLog(keptEvents);
      const before = logs.get(id);
      // One that goes on keeps its id; the other upload goes on too, and cannot be followed.
      if (before?.ended === false) return log;
      logs.delete(id);
      if (makeRoom()) logs.set(id, log);
      return log;
    },
    find: (id) => logs.get(id),
  };
}

/** Most steps that tell of bytes while they come. */
const receivedSteps = 10;
const leastBytes = 4 * 1024 * 1024;

/** Tells of the bytes of an upload now and then; `total` is 0 where it is not known. */
export function receivingSteps(log: EventLog, total: number): (bytes: number) => void {
  let next = Math.max(leastBytes, total / receivedSteps);
  return (bytes) => {
    if (bytes < next) return;
    log.add('receiving', total === 0 ? { bytes } : { bytes, total });
    // Where nobody knows how much will come, it is told less and less often.
    next = total === 0 ? bytes * 2 : bytes + Math.max(leastBytes, total / receivedSteps);
  };
}
