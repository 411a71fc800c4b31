/**
 * The work, once for all who ask while one of it goes on: that one may have begun too early for
 * them, so they share the next, for what any of them wishes, which `both` puts together.
 */
export function together<Wish = void>(
  work: (wish: Wish) => Promise<void>,
  both: (one: Wish, other: Wish) => Wish = (one) => one,
): (wish: Wish) => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let next: { wish: Wish; readonly done: Promise<void> } | undefined;
  return (wish) => {
    if (next !== undefined) {
      next.wish = both(next.wish, wish);
      return next.done;
    }
    const begin = (): Promise<void> => {
      next = undefined;
      running = work(mine.wish);
      return running;
    };
    const mine = { wish, done: running.then(begin, begin) };
    next = mine;
    return mine.done;
  };
}
