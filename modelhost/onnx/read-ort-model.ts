import type { TensorSpec } from '../../protocol/signature';
import type { FilePages } from './file-pages';
import { FlatbufferReader, type Table } from './flatbuffer-reader';
import { domainName, type ModelFacts, type Operator } from './model-facts';
import { readOrtType } from './ort-type';
import { maxOperators, maxValues, operatorKey } from './read-graph';
import { quoted, rejected } from './rejected';

/** Numbers of fields in the schema of the ORT format (ort.fbs of ONNX Runtime). */
const session = { model: 1 };
const model = {
  irVersion: 0,
  opsets: 1,
  producerName: 2,
  producerVersion: 3,
  domain: 4,
  modelVersion: 5,
  docString: 6,
  graph: 7,
  metadata: 9,
};
const graphs = { initializers: 0, values: 1, nodes: 2, inputs: 5, outputs: 6, sparse: 7 };
const tensors = { name: 0, externalOffset: 6 };
const sparseTensors = { values: 0, indices: 1 };
const nodes = { domain: 2, operator: 5, attributes: 10 };
const attributes = { tensor: 6, graph: 7, tensors: 11, graphs: 12 };
const values = { name: 0, type: 2 };
const pair = { first: 0, second: 1 };

/** What a file in the ORT format says of itself. Throws model_rejected where it is not one. */
export async function readOrtModel(file: FilePages): Promise<ModelFacts> {
  const reader = new FlatbufferReader(file);
  const found = reader.table(reader.root(), session.model);
  const graph = found && reader.table(found, model.graph);
  if (found === undefined || graph === undefined) {
    throw rejected('The file is in the ORT format, and has no graph.');
  }
  const inputs = await reader.texts(graph, graphs.inputs, maxValues);
  const outputs = await reader.texts(graph, graphs.outputs, maxValues);
  const scan = new GraphScan(reader);
  const unset = new Set(inputs);
  await scan.graph(graph, (initializer) => unset.delete(initializer));
  const specs = await specsOf(reader, graph, new Set([...inputs, ...outputs]));
  const named = (names: readonly string[]): TensorSpec[] =>
    names.map((name) => specs.get(name) ?? undeclared(name));
  return {
    format: 'ort',
    signature: {
      inputs: named(inputs.filter((name) => unset.has(name))),
      outputs: named(outputs),
    },
    irVersion: Number(reader.int64(found, model.irVersion)),
    opsets: await opsetsOf(reader, found, scan.operators),
    metadata: await metadataOf(reader, found),
    producer: {
      name: reader.text(found, model.producerName),
      version: reader.text(found, model.producerVersion),
    },
    domain: reader.text(found, model.domain),
    modelVersion: modelVersion(reader.int64(found, model.modelVersion)),
    docString: reader.text(found, model.docString),
    // The format has no name for it, keeps all weights inside, and functions as what they consist of.
    graphName: '',
    externalData: [],
    operators: [...scan.operators.values()],
    functions: [],
  };
}

function undeclared(name: string): TensorSpec {
  return { name, datatype: null, valueType: 'undeclared', shape: null };
}

/** The runtime writes down all that it knows; those count whose operators are used. */
async function opsetsOf(
  reader: FlatbufferReader,
  found: Table,
  operators: ReadonlyMap<string, Operator>,
): Promise<ModelFacts['opsets']> {
  const used = new Set(['ai.onnx', ...[...operators.values()].map(({ domain }) => domain)]);
  const opsets = plainRecord<number>();
  await reader.each(found, model.opsets, (opset) => {
    const domain = domainName(reader.text(opset, pair.first));
    if (!used.has(domain)) return;
    opsets[domain] = Math.max(Number(reader.int64(opset, pair.second)), opsets[domain] ?? 0);
  });
  return opsets;
}

async function metadataOf(reader: FlatbufferReader, found: Table): Promise<ModelFacts['metadata']> {
  const metadata = plainRecord<string>();
  await reader.each(found, model.metadata, (entry) => {
    metadata[reader.text(entry, pair.first)] = reader.text(entry, pair.second);
  });
  return metadata;
}

/** The runtime's word for a model without a version is the largest number. */
function modelVersion(version: bigint): string {
  return version === 2n ** 63n - 1n ? '0' : version.toString();
}

/** Safe to look up with names from outside. */
function plainRecord<Value>(): Record<string, Value> {
  return Object.create(null) as Record<string, Value>;
}

/** The types of those values of a graph that are wanted, by their names. */
async function specsOf(
  reader: FlatbufferReader,
  graph: Table,
  wanted: ReadonlySet<string>,
): Promise<ReadonlyMap<string, TensorSpec>> {
  const specs = new Map<string, TensorSpec>();
  await reader.each(graph, graphs.values, async (value) => {
    const name = reader.text(value, values.name);
    if (!wanted.has(name)) return;
    const { datatype, words, shape } = await readOrtType(reader, reader.table(value, values.type));
    specs.set(name, { name, datatype, valueType: words, shape });
  });
  return specs;
}

/** Gathers the operators of a graph and those inside it. */
class GraphScan {
  readonly operators = new Map<string, Operator>();
  readonly #reader: FlatbufferReader;

  constructor(reader: FlatbufferReader) {
    this.#reader = reader;
  }

  async graph(graph: Table, onInitializer: (name: string) => unknown): Promise<void> {
    await this.#reader.each(graph, graphs.initializers, (tensor) => {
      onInitializer(this.#tensor(tensor));
    });
    await this.#reader.each(graph, graphs.sparse, (tensor) => {
      const parts = [sparseTensors.values, sparseTensors.indices];
      for (const part of parts) onInitializer(this.#tensor(this.#reader.table(tensor, part)));
    });
    await this.#reader.each(graph, graphs.nodes, (node) => this.#node(node));
  }

  async #node(node: Table): Promise<void> {
    const domain = domainName(this.#reader.text(node, nodes.domain));
    const operator = { domain, name: this.#reader.text(node, nodes.operator) };
    this.operators.set(operatorKey(operator), operator);
    if (this.operators.size > maxOperators) {
      throw rejected(`The model uses over ${maxOperators} different operators.`);
    }
    await this.#reader.each(node, nodes.attributes, (attribute) => this.#attribute(attribute));
  }

  /** Tensors and graphs hide in it. */
  async #attribute(attribute: Table): Promise<void> {
    this.#tensor(this.#reader.table(attribute, attributes.tensor));
    await this.#reader.each(attribute, attributes.tensors, (tensor) => {
      this.#tensor(tensor);
    });
    const graph = this.#reader.table(attribute, attributes.graph);
    if (graph !== undefined) await this.graph(graph, () => undefined);
    await this.#reader.each(attribute, attributes.graphs, (inner) =>
      this.graph(inner, () => undefined),
    );
  }

  /** Its name. */
  #tensor(tensor: Table | undefined): string {
    if (tensor === undefined) return '';
    const name = this.#reader.text(tensor, tensors.name);
    if (this.#reader.int64(tensor, tensors.externalOffset, -1n) < 0n) return name;
    throw rejected(
      `The tensor ${quoted(name)} lies outside the file; of a model in the ORT format all weights ` +
        `have to be in the file.`,
    );
  }
}
