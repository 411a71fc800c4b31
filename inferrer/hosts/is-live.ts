import { request } from 'undici';

export interface LiveQuestion {
  /** Base URL of the balancer, or of the host itself. */
  readonly url: string;
  /** Id of the host that the balancer shall hand the question to; '' where it goes to the host. */
  readonly pin: string;
  readonly secret: string;
}

/**
 * A host's main process only passes things on and answers at once even on a busy machine. It is less
 * than the time that nginx takes to find that it cannot connect.
 */
const answerTimeoutMs = 900;

/**
 * Whether anything is answered in time, be it an error: where that is so, batches are not left
 * without an answer either.
 */
export async function isLive({ url, pin, secret }: LiveQuestion): Promise<boolean> {
  try {
    const answer = await request(`${url.replace(/\/$/, '')}/v2/health/live`, {
      signal: AbortSignal.timeout(answerTimeoutMs),
      headers: {
        ...(pin === '' ? {} : { 'shoal-host': pin }),
        ...(secret === '' ? {} : { 'shoal-cluster-secret': secret }),
      },
    });
    await answer.body.dump();
    return true;
  } catch (error) {
    return (error as Error).name !== 'TimeoutError';
  }
}
