import { arrayOf, type DataOf, type Datatype, type Tensor, type TensorData } from './tensor.js';

/** The elements of a tensor as JSON text, in one flat list. Throws TypeError for FP16. */
export function elementsJson(name: string, { datatype, data }: Tensor): string {
  if (datatype === 'FP16') throw noHalves(name);
  if (datatype === 'BYTES' || datatype === 'BOOL') return JSON.stringify(data);
  // JSON.stringify knows no BigInt and writes null for what is not finite; the server reads words.
  return `[${Array.from(data as Iterable<number | bigint>, written).join(',')}]`;
}

/** In all its digits; `String` would lose the sign of -0. */
function written(element: number | bigint): string {
  return Object.is(element, -0) ? '-0' : String(element);
}

/** A string, a number, or a word for one that is not finite. */
const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|NaN|-?Infinity/g;
/** What JSON.parse would change, or refuse. */
const inexact = /^(?:-?\d{16,}|NaN|-?Infinity)$/;

/**
 * JSON text with every whole number of 16 digits and more, and every word for what is not finite,
 * put into quotation marks, so that JSON.parse neither changes nor refuses it.
 */
export function quoteExact(json: string): string {
  return json.replace(token, (found) => (inexact.test(found) ? `"${found}"` : found));
}

/** The tensor whose elements an answer lists; long integers and words may be text. */
export function tensorFromElements(
  name: string,
  { datatype, shape }: { readonly datatype: Datatype; readonly shape: readonly number[] },
  elements: readonly unknown[],
): Tensor {
  return { datatype, shape, data: dataFrom(name, datatype, elements) } as Tensor;
}

function dataFrom(name: string, datatype: Datatype, elements: readonly unknown[]): TensorData {
  if (datatype === 'BOOL' || datatype === 'BYTES') return elements as DataOf[typeof datatype];
  if (datatype === 'INT64') return BigInt64Array.from(elements as readonly string[], BigInt);
  if (datatype === 'UINT64') return BigUint64Array.from(elements as readonly string[], BigInt);
  if (datatype === 'FP16') throw noHalves(name);
  return numbersFrom(datatype, elements);
}

type PlainDatatype = Exclude<Datatype, 'BOOL' | 'BYTES' | 'INT64' | 'UINT64' | 'FP16'>;

function numbersFrom(datatype: PlainDatatype, elements: readonly unknown[]): TensorData {
  const bytes = elements.length * arrayOf[datatype].BYTES_PER_ELEMENT;
  const numbers = new arrayOf[datatype](new ArrayBuffer(bytes));
  for (const [at, element] of elements.entries()) numbers[at] = Number(element);
  return numbers;
}

function noHalves(name: string): TypeError {
  return new TypeError(`tensor '${name}': FP16 travels in binary only; leave 'format' out`);
}
