import type { Signature } from '../../protocol/signature';
import type { ModelFormat } from './model-format';

/** What a model file says of itself. Plain data: survives JSON unchanged. */
export interface ModelFacts {
  readonly format: ModelFormat;
  readonly signature: Signature;
  /** 0 where the file does not say. */
  readonly irVersion: number;
  /** Operator set versions by domain; the default domain is called `ai.onnx`. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer: { readonly name: string; readonly version: string };
  readonly domain: string;
  /** A 64-bit integer in decimal. */
  readonly modelVersion: string;
  readonly docString: string;
  readonly graphName: string;
  /** The exporter's own key-value pairs. Any key can occur; the record has no prototype. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Every tensor that lies outside the file, wherever in the model it is used. */
  readonly externalData: readonly ExternalData[];
  /** The operators used, subgraphs and functions included, each once. */
  readonly operators: readonly Operator[];
  /** The operators that the model itself defines as functions. */
  readonly functions: readonly Operator[];
}

/** A tensor whose bytes are in another file. Offset and length are bytes; null means to the end. */
export interface ExternalData {
  readonly tensor: string;
  readonly location: string;
  readonly offset: number;
  readonly length: number | null;
}

/** An operator by domain (`ai.onnx` for the default one) and name. */
export interface Operator {
  readonly domain: string;
  readonly name: string;
}

/** The default domain has two spellings in files and one here. */
export function domainName(text: string): string {
  return text === '' ? 'ai.onnx' : text;
}
