import { hostLines } from '../../inferrer/host-lines';

const messages: readonly unknown[] = Object.values(hostLines);

/**
 * When the inferrer first said after `sinceMs` that it does not ask this host any more, or one of
 * its runners, by the time in its log; NaN if it did not. Both in milliseconds since 1970.
 */
export function leftOutAt(log: string, host: string, sinceMs: number): number {
  const times = log.split('\n').flatMap((line) => {
    const said = parsed(line);
    const about = said['host'] === host && messages.includes(said['msg']);
    const at = about ? Date.parse(String(said['time'])) : NaN;
    return at >= sinceMs ? [at] : [];
  });
  return times[0] ?? NaN;
}

/** A line that is none of ours, or not yet whole, says nothing. */
function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(line)) as Record<string, unknown>;
  } catch {
    return {};
  }
}
