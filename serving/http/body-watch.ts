/** Something whose body has to arrive in time. */
export interface AwaitedBody {
  /** Called once, when the time is over; may begin the wait again. */
  expire(timeoutMs: number): void;
}

/** Ends the wait for bodies that do not arrive: at the limit or up to a quarter of it, at most a second, later. */
export interface BodyWatch {
  begin(body: AwaitedBody): void;
  end(body: AwaitedBody): void;
  close(): void;
}

/**
 * One timer for all bodies, because a timer per request costs more than looking at the bodies
 * that are still under way a few times within the limit.
 */
export function createBodyWatch(timeoutMs: number): BodyWatch {
  const began = new Map<AwaitedBody, number>();
  const timer = setInterval(
    () => {
      const oldest = performance.now() - timeoutMs;
      for (const [body, at] of began) {
        if (at > oldest) break;
        began.delete(body);
        body.expire(timeoutMs);
      }
    },
    Math.min(1000, Math.ceil(timeoutMs / 4)),
  );
  timer.unref();
  return {
    begin: (body) => began.set(body, performance.now()),
    end: (body) => began.delete(body),
    close: () => {
      clearInterval(timer);
    },
  };
}
