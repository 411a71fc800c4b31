/** A load generator with a fixed rate of arrivals: a slow server does not make it send less. */
import { setTimeout as pause } from 'node:timers/promises';
import { answerParent } from '../child';
import { openConnections, type Connections } from './connections';
import type { LoadAnswer, LoadQuestion } from './question';
import { dueTimes } from './schedule';

/** Least time between two looks at what is due; looking takes processor time from what is measured. */
const tickMs = 1;
/** Between two looks whether the last answers have come. */
const drainTickMs = 20;
/** For the connections to be there before the first request is due. */
const settleMs = 300;

answerParent(async (message): Promise<LoadAnswer> => {
  const question = message as LoadQuestion;
  const port = Number(new URL(question.url).port);
  const connections = openConnections(port, {
    count: question.connections,
    bytes: bytesOf(question),
  });
  await pause(settleMs);
  try {
    return await sendAll(question, connections);
  } finally {
    connections.close();
  }
});

async function sendAll(question: LoadQuestion, connections: Connections): Promise<LoadAnswer> {
  const dueMs = dueTimes(question.stages);
  const tookMs = new Float64Array(dueMs.length).fill(NaN);
  const status = new Uint16Array(dueMs.length);
  const isDefault = new Uint8Array(dueMs.length);
  const startedAt = performance.now();
  const now = (): number => performance.now() - startedAt;
  let answered = 0;
  const send = (index: number, due: number): void => {
    connections.send((answer) => {
      answered += 1;
      status[index] = answer.status;
      isDefault[index] = Number(answer.isDefault);
      if (answer.status !== 0) tookMs[index] = now() - due;
    });
  };
  let sent = 0;
  while (sent < dueMs.length) {
    let due = dueMs[sent];
    for (; due !== undefined && due <= now(); due = dueMs[sent]) {
      send(sent, due);
      sent += 1;
    }
    if (due !== undefined) await pause(Math.max(tickMs, due - now()));
  }
  const endsAt = now() + question.drainSeconds * 1000;
  while (answered < sent && now() < endsAt) await pause(drainTickMs);
  return { startedAt: performance.timeOrigin + startedAt, dueMs, tookMs, status, isDefault };
}

function bytesOf({ url, request }: LoadQuestion): Buffer {
  const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = [
    `POST ${request.path} HTTP/1.1\r\n`,
    `host: ${new URL(url).host}\r\n`,
    ...headers,
    `content-length: ${request.body.length}\r\n\r\n`,
  ];
  return Buffer.concat([Buffer.from(head.join('')), request.body]);
}
