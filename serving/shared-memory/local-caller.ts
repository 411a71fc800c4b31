import { ShoalError } from '../../core/errors';
import type { Caller } from '../../protocol/infer';

/** Set by our edge on everything that it passes on. */
export const edgeHeader = 'shoal-edge';

/** Headers of requests that somebody else has passed on, or that a page in a browser makes. */
const passedOn = [edgeHeader, 'x-forwarded-for', 'forwarded', 'via', 'origin'] as const;

/**
 * Throws forbidden unless the caller is a program on this machine that talks to this process
 * itself. Whoever adds one of the headers only takes something from himself.
 */
export function checkLocal(caller: Caller): void {
  const cause = whyNotLocal(caller);
  if (cause !== undefined) throw refusal(cause);
}

export function isLocal(caller: Caller): boolean {
  return whyNotLocal(caller) === undefined;
}

function whyNotLocal(caller: Caller): string | undefined {
  if (!isLoopback(caller.peer)) return 'it came from another machine';
  const added = passedOn.find((name) => caller.header(name) !== undefined);
  return added === undefined ? undefined : `it has the header ${added}`;
}

function isLoopback(peer: string): boolean {
  return /^(::ffff:)?127\.\d+\.\d+\.\d+$/i.test(peer) || peer === '::1';
}

function refusal(cause: string): ShoalError {
  return new ShoalError(
    'forbidden',
    `Shared memory is for programs on the server's own machine that ask it directly; this request ` +
      `is none: ${cause}. Send the tensors themselves.`,
  );
}
