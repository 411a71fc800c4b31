import { ShoalError } from '../../../core/errors';
import type { Servable } from '../../catalog';
import type { ReadPicture } from '../../content/read-picture';
import { isJsonObject, type JsonValue } from '../../exact-json/json-value';
import type { Tensor } from '../../tensor';
import { joinRows } from '../../tensor-rows';
import { wrong } from './call-body';
import { encodedBytes, isEncoded } from './tensor-of-value';

/** A picture of few bytes becomes as large as the model wants it. */
const mostBytes = 256 * 1024 * 1024;

/**
 * The bytes of the pictures that the instances are, for a model whose only input has numbers: each
 * `{"b64": ...}`, by itself or under the input's name. Undefined where they are something else.
 * Throws invalid_request.
 */
export function picturesIn(
  instances: readonly JsonValue[],
  { signature }: Servable,
): Uint8Array[] | undefined {
  const [spec, ...more] = signature.inputs;
  if (spec === undefined || more.length > 0 || spec.datatype === 'BYTES') return undefined;
  if (encodedIn(instances[0], spec.name) === undefined) return undefined;
  return instances.map((instance, at) => {
    const encoded = encodedIn(instance, spec.name);
    if (encoded !== undefined) return encodedBytes(`instances[${at}]`, encoded);
    throw wrong(`instances[${at}]: wanted a picture as the first is, {"b64": ...}.`);
  });
}

function encodedIn(instance: JsonValue | undefined, input: string): string | undefined {
  if (isEncoded(instance)) return instance.b64;
  if (!isJsonObject(instance) || Object.keys(instance).length !== 1) return undefined;
  const named = Object.hasOwn(instance, input) ? instance[input] : undefined;
  return isEncoded(named) ? named.b64 : undefined;
}

/** The model's only input, a row for each picture. Rejects as `ReadPicture`, and with too_large. */
export async function tensorOfPictures(
  pictures: readonly Uint8Array[],
  servable: Servable,
  readPicture: ReadPicture,
): Promise<Tensor> {
  const rows: Tensor[] = [];
  let bytes = 0;
  for (const { buffer, byteOffset, length } of pictures) {
    const row = await readPicture(Buffer.from(buffer, byteOffset, length), '', servable);
    if (pictures.length > 1 && row.shape.length === 3) {
      throw wrong(
        `instances: model '${servable.model}' takes one picture, got ${pictures.length}.`,
      );
    }
    rows.push(row);
    bytes += row.data.byteLength;
    if (bytes <= mostBytes) continue;
    throw new ShoalError(
      'too_large',
      `instances: the pictures have more than ${mostBytes} bytes as tensors; send fewer at a time.`,
    );
  }
  return joinRows(rows);
}
