import type { ObservedRequest } from '../../metrics/exemplars';
import type { ExchangeNotes } from '../../protocol/exchange';

/** What the server tells of its requests; see metrics/. */
export interface RequestMetrics {
  started(): void;
  done(notes: ExchangeNotes, status: number, seconds: number, request?: ObservedRequest): void;
}
