/** How many lines of a log say such a thing of this host. */
export function saidOf(host: string, log: string, what: RegExp): number {
  return linesOf(log).filter((said) => said.host === host && what.test(said.msg ?? '')).length;
}

/** How many lines of a log say such a thing. */
export function timesSaid(log: string, what: RegExp): number {
  return linesOf(log).filter(({ msg }) => what.test(msg ?? '')).length;
}

interface Line {
  readonly host?: string;
  readonly msg?: string;
}

function linesOf(log: string): Line[] {
  return log.split('\n').map(read);
}

/** Of a line of the log; nothing of one that is not whole, or not of ours. */
function read(line: string): Line {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return {};
  }
}
