import type { Dimension } from '../../protocol/signature';
import type { FlatbufferReader, Table } from './flatbuffer-reader';
import { rejected } from './rejected';
import { elementType, mapOf, maxRank, undeclared, wrapped, type ValueType } from './value-info';

/** Numbers of fields in the schema of the ORT format. */
const typeInfo = { kind: 1, value: 2 };
const tensorType = { element: 0, shape: 1 };
const sequenceType = { element: 0 };
const mapType = { key: 0, value: 1 };
const shapes = { dimensions: 0 };
const dimensions = { value: 0 };
const dimensionValue = { kind: 0, size: 1, name: 2 };

const kinds = { tensor: 1, sequence: 2, map: 3 };
const dimensionKinds = { size: 1, name: 2 };

/** The type of a value (TypeInfo). */
export async function readOrtType(
  reader: FlatbufferReader,
  type: Table | undefined,
): Promise<ValueType> {
  const value = type && reader.table(type, typeInfo.value);
  if (type === undefined || value === undefined) return undeclared;
  const kind = reader.byte(type, typeInfo.kind);
  if (kind === kinds.tensor) return readTensorType(reader, value);
  if (kind === kinds.sequence) {
    const element = await readOrtType(reader, reader.table(value, sequenceType.element));
    return wrapped('seq', element);
  }
  if (kind !== kinds.map) return undeclared;
  const element = await readOrtType(reader, reader.table(value, mapType.value));
  return mapOf(BigInt(reader.int32(value, mapType.key)), element);
}

async function readTensorType(reader: FlatbufferReader, tensor: Table): Promise<ValueType> {
  const [word, datatype] = elementType(BigInt(reader.int32(tensor, tensorType.element)));
  const found = reader.table(tensor, tensorType.shape);
  const shape = found === undefined ? null : await readShape(reader, found);
  return { datatype, words: `tensor(${word})`, shape };
}

async function readShape(reader: FlatbufferReader, shape: Table): Promise<Dimension[]> {
  const found: Dimension[] = [];
  await reader.each(shape, shapes.dimensions, (dimension) => {
    if (found.length === maxRank) throw rejected(`A shape has more than ${maxRank} dimensions.`);
    found.push(sizeOf(reader, reader.table(dimension, dimensions.value)));
  });
  return found;
}

/** A negative size and an empty name are how some exporters write a free dimension. */
function sizeOf(reader: FlatbufferReader, value: Table | undefined): Dimension {
  if (value === undefined) return null;
  const kind = reader.byte(value, dimensionValue.kind);
  if (kind === dimensionKinds.name) return reader.text(value, dimensionValue.name) || null;
  const size = reader.int64(value, dimensionValue.size);
  return kind === dimensionKinds.size && size >= 0n ? Number(size) : null;
}
