import type { Servable } from '../catalog';
import type { ReplyBody } from '../exchange';
import type { TensorSpec } from '../signature';
import { ShoalError } from '../../core/errors';
import type { Tensor } from '../tensor';

/** A content type that carries the tensors of a call and of its answer, and nothing else. */
export interface ContentCodec {
  /** Its names; the first is what answers are labelled with. */
  readonly types: readonly string[];
  /**
   * The inputs of a servable that a body holds. Throws malformed_body, invalid_request,
   * unsupported_value.
   */
  read(body: Buffer, servable: Servable, parameters: ReadonlyMap<string, string>): Tensor[];
  /** The outputs as a body. Throws unrepresentable_output. */
  write(outputs: readonly Tensor[]): ContentBody;
}

export interface ContentBody {
  readonly body: ReplyBody;
  /** Besides the content type. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An input that requests can carry. */
export interface CarriedSpec extends TensorSpec {
  readonly datatype: NonNullable<TensorSpec['datatype']>;
}

/** The model's inputs. Throws unsupported_value where the runtime cannot be given one of them. */
export function carriedInputs({ signature }: Servable): CarriedSpec[] {
  return signature.inputs.map((spec) => {
    if (isCarried(spec)) return spec;
    throw new ShoalError(
      'unsupported_value',
      `input '${spec.name}' is ${spec.valueType}, which no request can carry`,
    );
  });
}

function isCarried(spec: TensorSpec): spec is CarriedSpec {
  return spec.datatype !== null;
}

/** The model's only input, for types that hold one tensor. Throws invalid_request. */
export function onlyInput(servable: Servable, type: string): CarriedSpec {
  const [spec, ...more] = carriedInputs(servable);
  if (spec !== undefined && more.length === 0) return spec;
  const names = servable.signature.inputs.map(({ name }) => `'${name}'`).join(', ');
  throw new ShoalError(
    'invalid_request',
    `${type} holds one tensor, and model '${servable.model}' has ` +
      `${servable.signature.inputs.length} inputs (${names}): send JSON or application/x-npz.`,
  );
}

/** The only output, for types that hold one tensor. Throws unrepresentable_output. */
export function onlyOutput(outputs: readonly Tensor[], type: string): Tensor {
  const [tensor, ...more] = outputs;
  if (tensor !== undefined && more.length === 0) return tensor;
  throw new ShoalError(
    'unrepresentable_output',
    `${type} holds one tensor, and the answer has ${outputs.length} ` +
      `(${outputs.map(({ name }) => `'${name}'`).join(', ')}): accept JSON, text/csv or ` +
      'application/x-npz, or ask for one output.',
  );
}
