import type { CallHost } from './host-calls';

/** The address of another inferrer that knows an upload's steps; undefined where none says so. */
export type FindUpload = (id: string) => Promise<string | undefined>;

/** Whoever asks does not wait longer for inferrers that hang. */
const answerTimeoutMs = 1_000;

/** Where an inferrer answers with the steps of the uploads that it has taken itself. */
export function uploadEventsPath(id: string): string {
  return `/cluster/uploads/${encodeURIComponent(id)}/events`;
}

/** Asks the inferrers at these addresses, all at once. */
export function createFindUpload(others: () => readonly string[], call: CallHost): FindUpload {
  async function asked(url: string, path: string): Promise<string> {
    const request = { method: 'HEAD', path, requestId: '', timeoutMs: answerTimeoutMs } as const;
    const { status } = await call(url, request);
    if (status === 200) return url;
    throw new Error('not there');
  }

  return (id) => {
    const path = uploadEventsPath(id);
    return Promise.any(others().map((url) => asked(url, path))).catch(() => undefined);
  };
}
