/** Keeps lines until it is told to hand them to the system. */
export interface LineBuffer {
  write(line: string): void;
  /** Has no effect while an earlier write is under way; it does not tell. */
  flush(): void;
  /** Called whenever no write is under way any more. */
  on(event: 'drain', listener: () => void): unknown;
}

/** Where a logger writes; pino tells the level of each line before it. */
export interface LogOutput {
  lastLevel: number;
  write(line: string): void;
}

/** Lines of a steady flow leave so many milliseconds apart. */
const gatherMs = 100;

/** pino's number for `warn`. */
const warning = 40;

/**
 * A line after a pause leaves at once, and so does a warning; what comes soon after a line leaves
 * together: each time costs as much as answering a small request does.
 */
export function createLogOutput(buffer: LineBuffer): LogOutput {
  let window: NodeJS.Timeout | undefined;
  let waiting = false;
  /** It is not known yet whether the last flush had an effect. */
  let unsure = false;
  const leave = (): void => {
    waiting = false;
    unsure = true;
    buffer.flush();
    clearTimeout(window);
    window = setTimeout(over, gatherMs).unref();
  };
  const over = (): void => {
    window = undefined;
    if (waiting) leave();
  };
  buffer.on('drain', () => {
    if (!unsure) return;
    unsure = false;
    buffer.flush();
  });
  const output = {
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    write(line: string) {
      buffer.write(line);
      if (window === undefined || output.lastLevel >= warning) leave();
      else waiting = true;
    },
  };
  return output;
}
