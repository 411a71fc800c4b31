import { performance } from 'node:perf_hooks';
import { asShoalError } from '../../core/errors';
import type { CallHost } from './host-calls';

/** Who received one item of test data. */
export interface CheckLine {
  readonly data: string;
  /** Id of the modelhost, '' where none answered. */
  readonly node: string;
  /** Status of its answer; 503 where none came. */
  readonly code: number;
}

/** Sends each item to some modelhost, as the balancer chooses; the lines are in the items' order. */
export type CheckHosts = (items: readonly string[], requestId: string) => Promise<CheckLine[]>;

export interface HostCheckParts {
  readonly call: CallHost;
  /** Address for the next call: the balancer's, or the next host's; '' where there is none. */
  readonly nextUrl: () => string;
  readonly timeoutMs: number;
}

/** Calls under way at the same time. */
const atOnce = 32;

export function createHostCheck({ call, nextUrl, timeoutMs }: HostCheckParts): CheckHosts {
  async function check(data: string, requestId: string, deadline: number): Promise<CheckLine> {
    const path = `/modelhost/api/test/${encodeURIComponent(data)}`;
    try {
      const left = Math.max(1, Math.round(deadline - performance.now()));
      const request = { method: 'GET', path, requestId, timeoutMs: left } as const;
      const reply = await call(nextUrl(), request);
      return { data, node: reply.host, code: reply.status };
    } catch (error) {
      const { code } = asShoalError(error);
      return { data, node: '', code: code === 'deadline_exceeded' ? 504 : 503 };
    }
  }

  return async (items, requestId) => {
    const deadline = performance.now() + timeoutMs;
    const lines: CheckLine[] = [];
    const waiting = items.entries();
    async function work(): Promise<void> {
      for (const [index, data] of waiting) lines[index] = await check(data, requestId, deadline);
    }
    await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
    return lines;
  };
}

/** Addresses in turn; '' where there is none. */
export function inTurn(urls: () => readonly string[]): () => string {
  let turn = 0;
  return () => {
    const list = urls();
    turn += 1;
    return list[turn % list.length] ?? '';
  };
}
