/** The longest that a timer of Node can wait. */
const longestMs = 2 ** 31 - 1;

/** Resolves at the next call of the listener that `onChange` takes, after `ms`, or when `signal` aborts. */
export function nextChange(
  onChange: (listener: () => void) => () => void,
  ms: number,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      stop();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(ms, longestMs));
    const stop = onChange(end);
    signal?.addEventListener('abort', end);
  });
}
