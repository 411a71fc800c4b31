import type { ErrorCode } from '../../../core/errors';
import type { WarmUp } from '../../model-config/warm-up';
import type { Signature } from '../../../protocol/signature';
import type { RowTime } from '../../probe/probe-report';
import type { Trial } from './try-model';

/** What the host's process asks of a probe, once it has said that it is `up`. */
export interface ToProbe {
  readonly path: string;
  readonly signature: Signature;
  readonly padTo: number | null;
  /** What has to run besides. */
  readonly warmUps: readonly WarmUp[];
  readonly sizes: readonly number[];
}

/** What a probe says: its steps, so that its death can be explained, and how it ended. */
export type FromProbe =
  | { readonly kind: 'up' }
  | { readonly kind: 'loaded' }
  | {
      readonly kind: 'report';
      readonly loadMs: number;
      readonly residentBytes: number;
      readonly trial: Trial;
    }
  /** After the report, where sizes were ordered. */
  | { readonly kind: 'measured'; readonly time: RowTime }
  | { readonly kind: 'done' }
  | { readonly kind: 'error'; readonly code: ErrorCode; readonly message: string };
