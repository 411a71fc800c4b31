/**
 * What logs say at warning or above that is of no known kind, and what is no line of a log at all,
 * as a stack is; each with how often.
 */
export function surprisesIn(
  log: string,
  known: readonly string[],
): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const line of log.split('\n')) {
    const said = line === '' ? undefined : warningOf(line);
    if (said === undefined || known.includes(said)) continue;
    found[said] = (found[said] ?? 0) + 1;
  }
  return found;
}

interface Line {
  readonly level: string;
  readonly service: string;
  readonly msg: string;
}

function warningOf(line: string): string | undefined {
  try {
    const { level, service, msg } = JSON.parse(line) as Line;
    const kind = service.split(' ')[0];
    return level === 'info' || level === 'debug' ? undefined : `${level} ${kind}: ${msg}`;
  } catch {
    return line;
  }
}
