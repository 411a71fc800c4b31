/** Resolves at the next call of the listener that `onChange` takes, or after `ms`. */
export function nextChange(
  onChange: (listener: () => void) => () => void,
  ms: number,
): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(end, ms);
    const stop = onChange(end);
  });
}
