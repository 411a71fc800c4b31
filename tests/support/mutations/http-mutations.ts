import type { Dice } from '../faults/dice';
import { undocumented } from './documented';
import { openHttp, type HttpConnection } from './http-connection';
import { bytesOf, validRequest } from './http-request';
import { mutantOf, type Mutant } from './mutate-http';
import type { Mutations } from './mutations';

/**
 * Sends so many mutants of valid requests over one kept connection after the other; after each whose
 * end is clear comes a valid one, whose answer is looked at.
 */
export async function sendMutants(
  port: number,
  count: number,
  { dice, seen }: { readonly dice: Dice; readonly seen: Mutations },
): Promise<void> {
  let connection = openHttp(port);
  for (let sent = 0; sent < count && seen.failures.length < 20; sent += 1) {
    if (!connection.open) connection = reopened(connection, port);
    const mutant = mutantOf(dice, validRequest(dice));
    try {
      await sendOne(connection, mutant, seen);
      if (!connection.open) connection = reopened(connection, port);
      await sendValid(connection, dice);
    } catch (error) {
      seen.failures.push(
        `${String(error)} after ${JSON.stringify(mutant.bytes.toString('latin1'))}`,
      );
      connection = reopened(connection, port);
    }
  }
  connection.close();
}

function reopened(connection: HttpConnection, port: number): HttpConnection {
  connection.close();
  return openHttp(port);
}

async function sendOne(
  connection: HttpConnection,
  { bytes, framed }: Mutant,
  seen: Mutations,
): Promise<void> {
  const answers = framed ? [await connection.ask(bytes)] : await connection.last(bytes);
  if (answers.length === 0) seen.unanswered += 1;
  for (const answer of answers) {
    if (answer === undefined) {
      throw new Error('the connection was ended without an answer');
    }
    seen.statuses.set(answer.status, (seen.statuses.get(answer.status) ?? 0) + 1);
    const wrong = undocumented(answer);
    if (wrong !== undefined) throw new Error(wrong);
  }
}

async function sendValid(connection: HttpConnection, dice: Dice): Promise<void> {
  const valid = validRequest(dice);
  const answer = await connection.ask(bytesOf(valid));
  const wrong = answer === undefined ? 'no answer' : valid.wrong(answer);
  if (wrong !== undefined) throw new Error(`the valid request '${valid.name}' next: ${wrong}`);
}
