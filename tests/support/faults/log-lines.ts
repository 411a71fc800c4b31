/** How many lines of a log say such a thing of this host. */
export function saidOf(host: string, log: string, what: RegExp): number {
  return log.split('\n').filter((line) => {
    const said = read(line);
    return said.host === host && what.test(said.msg ?? '');
  }).length;
}

/** Of a line of the log; nothing of one that is not whole, or not of ours. */
function read(line: string): { readonly host?: string; readonly msg?: string } {
  try {
    return JSON.parse(line) as { host?: string; msg?: string };
  } catch {
    return {};
  }
}
