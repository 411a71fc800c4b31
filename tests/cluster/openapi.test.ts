import { Ajv2020 } from 'ajv/dist/2020';
import { readFileSync } from 'node:fs';
import { startCluster, type TestCluster } from '../support/cluster';

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly example?: string;
  }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly $ref?: string; content?: Content }>>;
}

type Content = Readonly<Record<string, { readonly schema: object; readonly example?: unknown }>>;

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: object;
    readonly responses: Readonly<Record<string, { readonly content: Content }>>;
  };
}

interface Call {
  readonly status?: number;
  readonly body?: string | Buffer | FormData;
  readonly type?: string;
  /** Of the model in the path. */
  readonly model?: string;
  readonly query?: string;
  /** The X-Request-Id it is sent with. */
  readonly id?: string;
}

const iris = readFileSync('examples/models/iris/1/model.onnx');
const form = (): FormData => {
  const data = new FormData();
  data.append('path', new Blob([iris]), 'iris.onnx');
  data.append('model_description', 'By a form.');
  return data;
};
const beat = JSON.stringify({
  host: 'nobody',
  url: 'http://127.0.0.1:1',
  ready: false,
  draining: false,
  runners: [],
  revision: 'none',
});
const override = JSON.stringify({ parameters: { config: '{"max_batch_size": 4}' } });

/** Where an example alone does not do: what is wanted of the operation. */
const special: Readonly<Record<string, Call>> = {
  uploadModel: { status: 201, body: form(), model: 'openapi-uploaded', id: 'upload-1' },
  tryUpload: { body: form(), model: 'openapi-uploaded' },
  deleteModel: { status: 204, model: 'openapi-uploaded' },
  deleteLabel: { status: 204 },
  endVariants: { status: 204 },
  canary: { status: 404 },
  beginCanary: { status: 404 },
  endCanary: { status: 204 },
  releaseForInferrers: { status: 204 },
  events: { query: '?follow=false' },
  sendToModelhosts: {},
  heartbeat: { body: beat, query: '?hold=0' },
  systemRegister: { status: 400 },
  systemRegion: { status: 404 },
  cudaRegion: { status: 404 },
  cudaRegister: { status: 501 },
  tfsRegress: { status: 400 },
  tfsRegressVersion: { status: 400 },
  tfsRegressLabel: { status: 400 },
  tfsExplain: { status: 501 },
  tfsExplainVersion: { status: 501 },
  tfsExplainLabel: { status: 501 },
  predictByGet: { status: 422 },
  modelhostPredictByGet: { status: 422 },
  sendToModelhostsByGet: { status: 422 },
  invoke: { status: 400 },
  loadModel: { status: 501, body: '{"model_name": "m", "url": "file:///m"}' },
  unloadModel: { status: 501 },
  overrideForInferrers: { body: override, status: 201 },
  repositoryLoad: { model: 'openapi-uploaded' },
};

/** What is made comes before what needs it, what is deleted after. */
const first = ['uploadModel', 'setLabel'];
const last = ['deleteLabel', 'endVariants', 'deleteModel'];
const order = ({ operationId }: Operation): number =>
  first.includes(operationId) ? 0 : last.includes(operationId) ? 2 : 1;

describe('what the document says is what is answered', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await startCluster({
      balancer: 'direct',
      environment: { MODEL_CONTROL: 'override', SHARED_MEMORY: 'on' },
    });
  });

  afterAll(() => cluster.stop());

  test.each(['an inferrer', 'a modelhost'])('of %s, by each of its examples', async (which) => {
    const url = which === 'an inferrer' ? cluster.url : (await cluster.hosts())[0]!.url;
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
    const answers = new Answers(document);
    const wrong: string[] = [];
    const lines = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
    lines.sort((one, other) => order(one.operation) - order(other.operation));
    for (const { path, method, operation } of lines) {
      const call = special[operation.operationId] ?? {};
      const answer = await fetch(
        url + filled(path, operation, call),
        sent(method, operation, call),
      );
      const text = await answer.text();
      const { status } = answer;
      const fault =
        status === (call.status ?? 200)
          ? answers.fault(operation, status, answer.headers.get('content-type') ?? '', text)
          : 'has another status';
      if (fault !== '')
        wrong.push(`${operation.operationId}: ${fault}: ${status} ${text.slice(0, 400)}`);
    }
    expect(lines.length).toBeGreaterThan(70);
    expect(wrong).toEqual([]);
  });
});

function filled(path: string, { parameters = [] }: Operation, { model, query = '' }: Call): string {
  return (
    path.replace(/\{(\w+)\}/g, (_, name: string) => {
      if (name === 'model' && model !== undefined) return `${model}.onnx`;
      return parameters.find((one) => one.name === name)?.example ?? 'none';
    }) + query
  );
}

function sent(method: string, { requestBody }: Operation, { body, id }: Call): RequestInit {
  const head = {
    method: method.toUpperCase(),
    headers: id === undefined ? {} : { 'x-request-id': id },
  };
  if (requestBody === undefined) return head;
  if (body instanceof FormData) return { ...head, body };
  const example = requestBody.content['application/json']?.example;
  const text = body ?? (example === undefined ? '' : JSON.stringify(example));
  return { ...head, headers: { ...head.headers, 'content-type': 'application/json' }, body: text };
}

/** The answers of a document, and what is wrong with real ones. */
class Answers {
  readonly #document: Document;
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false });

  constructor(document: Document) {
    this.#document = document;
    this.#ajv.addSchema(document, 'document');
  }

  fault({ responses }: Operation, status: number, type: string, text: string): string {
    const said = responses[status];
    if (said === undefined) return 'is not in the document';
    const { content = {} } =
      said.$ref === undefined
        ? said
        : this.#document.components.responses[said.$ref.split('/').at(-1)!]!;
    const media = type.split(';')[0]!;
    if (Object.keys(content).length === 0) return text === '' ? '' : 'has a body';
    const wanted = content[media];
    if (wanted === undefined) return `has the type ${type}`;
    if (media !== 'application/json') return '';
    const value: unknown = text === '' ? '' : JSON.parse(text);
    if (!isListed(said.$ref, value)) return 'has a code that is not listed for the status';
    return this.#misfit(wanted.schema, value);
  }

  #misfit(wanted: object, value: unknown): string {
    const schema = JSON.stringify(wanted).replaceAll('"#/', '"document#/');
    const check = this.#ajv.compile(JSON.parse(schema) as object);
    return check(value) ? '' : this.#ajv.errorsText(check.errors);
  }
}

/** Whether a refusal has one of the codes that the name of its response has behind the status. */
function isListed(reference: string | undefined, answer: unknown): boolean {
  if (reference === undefined) return true;
  const [, ...codes] = (reference.split('/').at(-1) ?? '').split('.');
  return codes.includes((answer as { readonly code: string }).code);
}
