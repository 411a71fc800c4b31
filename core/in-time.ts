/** Longest wait that a timer can measure, in milliseconds; longer ones fire at once. */
export const longestMs = 2 ** 31 - 1;

/** The work's end, or what `late` makes where the deadline (performance.now) comes first. */
export function inTime<Result>(
  work: Promise<Result>,
  deadline: number,
  late: () => Error,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const leftMs = Math.min(Math.max(0, deadline - performance.now()), longestMs);
    const timer = setTimeout(() => {
      reject(late());
    }, leftMs);
    work
      .finally(() => {
        clearTimeout(timer);
      })
      .then(resolve, reject);
  });
}
