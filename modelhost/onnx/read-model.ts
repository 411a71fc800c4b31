import { open } from 'node:fs/promises';
import { FilePages } from './file-pages';
import { FileWindow } from './file-window';
import { refuseForeignFile } from './foreign-file';
import { domainName, type ModelFacts, type Operator } from './model-facts';
import { formatOfHead, formatOfName, headBytes, refuseMisnamed } from './model-format';
import { each, int, once, ProtobufReader, type Span } from './protobuf-reader';
import {
  readGraph,
  scanAttribute,
  scanGraph,
  scanNode,
  type Findings,
  type Graph,
} from './read-graph';
import { readOrtModel } from './read-ort-model';
import { readEntry } from './read-tensor';
import { rejected } from './rejected';

/** A protobuf message cannot be longer; models beyond keep their weights in other files. */
const maxModelBytes = 2 ** 31 - 1;

/**
 * Reads what a model file says of itself. Weights are skipped by position, memory and time are
 * bounded whatever the file contains. Throws model_rejected where it is neither ONNX nor in the
 * ORT format.
 */
export async function readModelFacts(path: string): Promise<ModelFacts> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const window = new FileWindow(file.fd, size);
    refuseForeignFile(window);
    const format = formatOfHead(window.bytes(0, Math.min(size, headBytes)));
    if (formatOfName(path) === 'ort') refuseMisnamed(path, format);
    if (format === 'ort') return await readOrtModel(new FilePages(file.fd, size));
    if (size > maxModelBytes) {
      throw rejected(
        `The file has ${size} bytes; a protobuf ends at ${maxModelBytes}. ` +
          `Export larger models with their weights as external data.`,
      );
    }
    return await readModel(new ProtobufReader(window));
  } finally {
    await file.close();
  }
}

interface Draft {
  ir: number;
  producerName: string;
  producerVersion: string;
  domain: string;
  version: bigint;
  doc: string;
  graph: Graph | undefined;
  readonly opsets: Map<string, number>;
  readonly metadata: Map<string, string>;
  readonly functions: Operator[];
  readonly found: Findings;
}

async function readModel(reader: ProtobufReader): Promise<ModelFacts> {
  const draft: Draft = {
    ir: 0,
    producerName: '',
    producerVersion: '',
    domain: '',
    version: 0n,
    doc: '',
    graph: undefined,
    opsets: new Map(),
    metadata: new Map(),
    functions: [],
    found: { external: [], operators: new Map() },
  };
  await walkModel(reader, draft);
  const { graph, found } = draft;
  if (graph === undefined) throw rejected('The file is not an ONNX model: it has no graph.');
  return {
    format: 'onnx',
    signature: {
      inputs: graph.inputs.filter((input) => !graph.initializers.has(input.name)),
      outputs: graph.outputs,
    },
    irVersion: draft.ir,
    opsets: record(draft.opsets),
    producer: { name: draft.producerName, version: draft.producerVersion },
    domain: draft.domain,
    modelVersion: draft.version.toString(),
    docString: draft.doc,
    graphName: graph.name,
    metadata: record(draft.metadata),
    externalData: found.external,
    operators: [...found.operators.values()],
    functions: draft.functions,
  };
}

/** ModelProto. */
async function walkModel(reader: ProtobufReader, draft: Draft): Promise<void> {
  const text = (set: (value: string) => void): ReturnType<typeof each> =>
    each((field) => {
      set(reader.text(field));
    });
  await reader.walk(reader.root, {
    1: int((value) => (draft.ir = Number(value))),
    2: text((value) => (draft.producerName = value)),
    3: text((value) => (draft.producerVersion = value)),
    4: text((value) => (draft.domain = value)),
    5: int((value) => (draft.version = value)),
    6: text((value) => (draft.doc = value)),
    7: once(async (field) => {
      draft.graph = await readGraph(reader, field, draft.found);
    }),
    8: each((field) => readOpset(reader, field, draft.opsets)),
    14: each(async (field) => {
      draft.metadata.set(...(await readEntry(reader, field)));
    }),
    20: each((field) => scanTraining(reader, field, draft.found)),
    25: each(async (field) => {
      draft.functions.push(await readFunction(reader, field, draft.found));
    }),
  });
}

/** OperatorSetIdProto. */
async function readOpset(
  reader: ProtobufReader,
  span: Span,
  opsets: Map<string, number>,
): Promise<void> {
  let domain = '';
  let version = 0;
  await reader.walk(span, {
    1: each((field) => {
      domain = domainName(reader.text(field));
    }),
    2: int((value) => (version = Number(value))),
  });
  opsets.set(domainName(domain), Math.max(version, opsets.get(domainName(domain)) ?? 0));
}

/** TrainingInfoProto: not run when serving, but its tensors are loaded. */
async function scanTraining(reader: ProtobufReader, span: Span, found: Findings): Promise<void> {
  const graph = once((field) => scanGraph(reader, field, found));
  await reader.walk(span, { 1: graph, 2: graph });
}

/** FunctionProto: an operator that the model defines itself. */
async function readFunction(
  reader: ProtobufReader,
  span: Span,
  found: Findings,
): Promise<Operator> {
  let domain = '';
  let name = '';
  await reader.walk(span, {
    1: each((field) => {
      name = reader.text(field);
    }),
    7: each((field) => scanNode(reader, field, found)),
    10: each((field) => {
      domain = reader.text(field);
    }),
    11: each((field) => scanAttribute(reader, field, found)),
  });
  return { domain: domainName(domain), name };
}

/** A record that is safe to look up with names from outside. */
function record<Value>(entries: ReadonlyMap<string, Value>): Readonly<Record<string, Value>> {
  const plain: unknown = Object.setPrototypeOf(Object.fromEntries(entries), null);
  return plain as Record<string, Value>;
}
