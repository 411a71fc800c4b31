/** The data of each datatype, row by row. FP16 has no array of its own everywhere: these are its bits. */
export interface DataOf {
  BOOL: readonly boolean[];
  UINT8: Uint8Array;
  UINT16: Uint16Array;
  UINT32: Uint32Array;
  UINT64: BigUint64Array;
  INT8: Int8Array;
  INT16: Int16Array;
  INT32: Int32Array;
  INT64: BigInt64Array;
  FP16: Uint16Array;
  FP32: Float32Array;
  FP64: Float64Array;
  BYTES: readonly string[];
}

export type Datatype = keyof DataOf;
export type NumberDatatype = Exclude<Datatype, 'BOOL' | 'BYTES'>;
export type TensorData = DataOf[Datatype];

interface TensorOf<Type extends Datatype> {
  readonly datatype: Type;
  readonly shape: readonly number[];
  readonly data: DataOf[Type];
}

/** A tensor; `datatype` says what its data are. */
export type Tensor = { [Type in Datatype]: TensorOf<Type> }[Datatype];

/**
 * A tensor of a request. The datatype follows from the data; it has to be said for FP16, whose bits
 * look like UINT16. Without a shape the data are one row: `[1, length]`.
 */
export interface Input {
  readonly data: TensorData;
  readonly shape?: readonly number[];
  readonly datatype?: Datatype;
}

interface ArrayClass<Type extends NumberDatatype> {
  new (buffer: ArrayBuffer): DataOf[Type];
  readonly BYTES_PER_ELEMENT: number;
}

/** UINT16 comes before FP16: an array of bits alone means whole numbers. */
export const arrayOf: { readonly [Type in NumberDatatype]: ArrayClass<Type> } = {
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
};

/** An input with everything said. Throws TypeError where the data fit no datatype, or not this one. */
export function tensorOf(name: string, { data, shape, datatype }: Input): Tensor {
  const type = datatype ?? datatypeOf(data);
  if (type === undefined || !fits(type, data)) {
    const wanted = datatype ?? 'a typed array, or a list of strings or of booleans';
    throw new TypeError(`input '${name}': wanted data of ${wanted}, got ${kindOf(data)}`);
  }
  return { datatype: type, shape: shape ?? [1, data.length], data } as Tensor;
}

function datatypeOf(data: TensorData): Datatype | undefined {
  if (Array.isArray(data)) return typeof data[0] === 'boolean' ? 'BOOL' : 'BYTES';
  const types = Object.keys(arrayOf) as NumberDatatype[];
  return types.find((type) => data instanceof arrayOf[type]);
}

function fits(type: Datatype, data: TensorData): boolean {
  if (type !== 'BOOL' && type !== 'BYTES') return data instanceof arrayOf[type];
  const element = type === 'BOOL' ? 'boolean' : 'string';
  return Array.isArray(data) && data.every((item) => typeof item === element);
}

function kindOf(data: unknown): string {
  if (Array.isArray(data)) return `a list of ${data.length === 0 ? 'nothing' : typeof data[0]}`;
  return typeof data === 'object' && data !== null ? data.constructor.name : typeof data;
}
