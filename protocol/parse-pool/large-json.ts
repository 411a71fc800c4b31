import { performance } from 'node:perf_hooks';
import { ShoalError } from '../../core/errors';
import { inTime } from '../../core/in-time';
import type { Servable } from '../catalog';
import type { Prediction } from '../dialects/fractal/prediction-request';
import type { InferCall } from '../dialects/open-inference/infer-call';
import type { InvocationJson } from '../dialects/sagemaker/invocation-json';
import type { Question, Verb } from '../dialects/tf-serving/question';
import type { Exchange } from '../exchange';

/** JSON beyond this many bytes would hold up the others if it were read on the main thread. */
export const largeJsonBytes = 256 * 1024;

/** What JSON can be read as elsewhere, and what comes of it; all of it can be sent between threads. */
export type LargeForms = {
  'open-inference': InferCall;
  prediction: Prediction;
  invocation: InvocationJson;
} & Record<Verb | `${Verb} event`, Question>;

export type LargeForm = keyof LargeForms;

export interface LargeJson {
  readonly json: Uint8Array;
  /** The model that is asked, for forms that are read by its signature. */
  readonly servable?: Servable | undefined;
  /** Not read any more once it is true when its turn comes. */
  readonly unwanted?: () => boolean;
}

/** Reads JSON elsewhere. Rejects with what reading it here throws; with overloaded, internal, shutting_down. */
export type ReadLargeJson = <Form extends LargeForm>(
  form: Form,
  large: LargeJson,
) => Promise<LargeForms[Form]>;

/** Who asks, and until when (performance.now). */
export interface Asking {
  readonly exchange: Exchange;
  readonly deadline: number;
  /** Without it all is read here. */
  readonly readLargeJson?: ReadLargeJson | undefined;
}

/** What `here` reads, or what is read elsewhere where it is large: then in time, or deadline_exceeded. */
export function readOrSend<Form extends LargeForm>(
  form: Form,
  { exchange, deadline, readLargeJson }: Asking,
  { json, servable }: Pick<LargeJson, 'json' | 'servable'>,
  here: () => LargeForms[Form],
): LargeForms[Form] | Promise<LargeForms[Form]> {
  if (readLargeJson === undefined || json.length <= largeJsonBytes) return here();
  const unwanted = (): boolean => exchange.gone || performance.now() > deadline;
  const reading = readLargeJson(form, { json, servable, unwanted });
  return readInTime(reading, deadline - performance.now());
}

/** The work's end, or deadline_exceeded where the time in the header is over before. */
export function readInTime<Result>(work: Promise<Result>, leftMs: number): Promise<Result> {
  const late = (): ShoalError =>
    new ShoalError('deadline_exceeded', 'The deadline passed while the call was read.');
  return inTime(work, performance.now() + leftMs, late);
}
