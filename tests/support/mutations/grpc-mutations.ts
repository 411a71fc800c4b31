import { isErrorCode } from '../../../core/errors';
import { grpcStatuses, grpcStatusOf } from '../../../core/grpc-status';
import { errorCodes } from '../../../serving/http2/error-codes';
import { pick, type Dice } from '../faults/dice';
import { frame } from '../http2-wire';
import { faultCodes } from './documented';
import { GrpcConnection, type GrpcAnswer } from './grpc-connection';
import { framesOf, validCalls } from './grpc-request';
import { grpcMutantOf, type GrpcMutant } from './mutate-grpc';
import type { Mutations } from './mutations';

/**
 * Sends so many mutants of valid calls over one kept connection after the other, each together with
 * a valid one behind it, whose answer is looked at.
 */
export async function sendGrpcMutants(
  port: number,
  count: number,
  { dice, seen }: { readonly dice: Dice; readonly seen: Mutations },
): Promise<void> {
  let connection = new GrpcConnection(port);
  for (let sent = 0; sent < count && seen.failures.length < 20; sent += 1) {
    if (!connection.open) connection = reopened(connection, port);
    const id = connection.newId();
    const mutant = grpcMutantOf(dice, id, pick(dice, validCalls));
    try {
      const answered = await sendBoth(connection, { id, mutant, dice, seen });
      checkEnd(connection, seen);
      if (answered) continue;
      connection = reopened(connection, port);
      if (!(await sendValid(connection, dice))) throw new Error('no answer to a valid call');
    } catch (error) {
      seen.failures.push(`${String(error)} after ${mutant.kind} ${mutant.bytes.toString('hex')}`);
      connection = reopened(connection, port);
    }
  }
  connection.close();
}

function reopened(connection: GrpcConnection, port: number): GrpcConnection {
  connection.close();
  return new GrpcConnection(port);
}

interface Sending {
  readonly id: number;
  readonly mutant: GrpcMutant;
  readonly dice: Dice;
  readonly seen: Mutations;
}

/** False where the connection has ended before the valid call was answered. */
async function sendBoth(
  connection: GrpcConnection,
  { id, mutant, dice, seen }: Sending,
): Promise<boolean> {
  const answer = connection.answer(id);
  if (mutant.kind === 'unframed') {
    connection.send(mutant.bytes);
    await connection.last(Buffer.alloc(0));
    await checkAnswer(answer, seen);
    return false;
  }
  connection.send(mutant.bytes);
  if (mutant.kind === 'open') {
    await connection.read();
    connection.send(frame('rstStream', id, [errorCodes.cancel]));
    return sendValid(connection, dice);
  }
  const [valid] = await Promise.all([sendValid(connection, dice), checkAnswer(answer, seen)]);
  return valid;
}

async function checkAnswer(
  coming: Promise<GrpcAnswer | undefined>,
  seen: Mutations,
): Promise<void> {
  const answer = await coming;
  if (answer === undefined) {
    seen.unanswered += 1;
    return;
  }
  const key = keyOf(answer);
  seen.statuses.set(key, (seen.statuses.get(key) ?? 0) + 1);
  const wrong = undocumented(answer);
  if (wrong !== undefined) throw new Error(wrong);
}

/** What a caller sees of an answer at first sight. */
function keyOf({ fields, reset }: GrpcAnswer): string {
  const status = fields.get('grpc-status') ?? fields.get(':status');
  if (status === undefined) return `reset ${reset}`;
  return fields.has('grpc-status') ? (nameOf(status) ?? status) : `HTTP ${status}`;
}

function nameOf(status: string): string | undefined {
  return Object.entries(grpcStatuses).find(([, number]) => String(number) === status)?.[0];
}

/** What is wrong with an answer to whatever was asked; undefined for nothing. */
function undocumented(answer: GrpcAnswer): string | undefined {
  const { fields, reset } = answer;
  const status = fields.get('grpc-status');
  if (status === '0') return undefined;
  const wrong = status === undefined ? wrongWithout(answer) : wrongError(fields, status);
  return wrong === undefined ? undefined : `${wrong}: ${JSON.stringify([...fields])} ${reset}`;
}

/** What is no gRPC is answered in HTTP's own words, or reset. */
function wrongWithout({ fields, body, reset }: GrpcAnswer): string | undefined {
  if (reset === errorCodes.internalError) return 'reset with INTERNAL_ERROR';
  if (reset !== undefined) return undefined;
  const plain = ['405', '415'].includes(fields.get(':status') ?? '');
  return plain && body.length === 0 ? undefined : 'an answer without grpc-status';
}

function wrongError(fields: GrpcAnswer['fields'], status: string): string | undefined {
  const code = fields.get('shoal-error');
  if (!isErrorCode(code)) return 'an error without its code';
  if (String(grpcStatuses[grpcStatusOf(code)]) !== status) return `${code} as another status`;
  if (!fields.has('grpc-message') || !fields.has('x-request-id')) return 'an error without a text';
  return faultCodes.includes(code) ? 'a fault of the server' : undefined;
}

/** A connection may be ended for what its caller has done, not for a fault of the server. */
function checkEnd({ goaway }: GrpcConnection, seen: Mutations): void {
  if (goaway === undefined) return;
  const key = `goaway ${goaway}`;
  seen.statuses.set(key, (seen.statuses.get(key) ?? 0) + 1);
  if (goaway === errorCodes.internalError) throw new Error('ended with INTERNAL_ERROR');
}

/** False where the connection has ended before the answer. */
async function sendValid(connection: GrpcConnection, dice: Dice): Promise<boolean> {
  const valid = pick(dice, validCalls);
  const id = connection.newId();
  const coming = connection.answer(id);
  connection.send(framesOf(id, valid));
  const answer = await coming;
  if (answer === undefined) return false;
  const wrong = valid.wrong(answer);
  if (wrong === undefined) return true;
  throw new Error(`the valid call '${valid.name}' next: ${wrong}`);
}
