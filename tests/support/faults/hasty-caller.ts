import { request, type Agent } from 'node:http';

export interface HastyCall {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly agent: Agent;
  /** After so long it leaves, wherever the call is. */
  readonly leavesAfterMs: number;
}

export interface WholeAnswer {
  readonly status: number;
  readonly bytes: Buffer;
}

/** Posts, and breaks the connection off where the answer is not there in time: then undefined. */
export function askInHaste(call: HastyCall): Promise<WholeAnswer | undefined> {
  const { url, headers, body, agent, leavesAfterMs } = call;
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      clearTimeout(leaving);
      reject(error);
    };
    const sent = request(
      url,
      { method: 'POST', agent, headers: { ...headers, 'content-length': body.byteLength } },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('error', failed);
        answer.on('end', () => {
          clearTimeout(leaving);
          resolve({ status: answer.statusCode ?? 0, bytes: Buffer.concat(parts) });
        });
      },
    );
    const leaving = setTimeout(() => {
      resolve(undefined);
      sent.destroy();
    }, leavesAfterMs);
    sent.on('error', failed);
    sent.end(body);
  });
}
