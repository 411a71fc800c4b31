import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Dialect } from '../../protocol/exchange';
import type { Operation } from '../../protocol/openapi/operation';
import { openApiDocument } from '../../serving/openapi/document';
import { describedProcesses, operationsOf } from '../support/described-processes';
import { code, readDocument, tableUnder } from '../support/markdown';

const text = readDocument('docs/protocol.md');

/** The method and the path, with `*` for what varies. */
function lineOf({ method, path }: Pick<Operation, 'path'> & { readonly method: string }): string {
  return `${method.toUpperCase()} ${path.replace(/\{\w+\}/g, '*')}`;
}

describe.each(describedProcesses)('$name', (described) => {
  const operations = operationsOf(described);
  const { app, managed, dialects, name } = described;

  test('every operation has an id of its own, and its parameters are those of its path', () => {
    const ids = operations.map(({ id }) => id);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
    for (const { id, path, parameters = [] } of operations) {
      const named = parameters.filter((one) => one.in === 'path').map((one) => one.name);
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, word]) => word);
      expect([id, named]).toEqual([id, inPath]);
    }
  });

  test('the operations are the routes of docs/protocol.md', () => {
    const documented = tableUnder(text, name).flatMap(([methods = '', path = '']) =>
      methods.split(', ').map((method) => {
        const plain = code(path).replace(/\?.*/, '').replace(/<\w+>/g, '*');
        return `${method} ${plain}`;
      }),
    );
    expect(operations.map(lineOf).sort()).toEqual(documented.sort());
  });

  test('Express and its operations know the same routes', () => {
    const routes = app === undefined ? [] : routesOf(app);
    expect(managed.map(lineOf).sort()).toEqual(routes.sort());
  });

  test('each operation of a dialect is answered by it', () => {
    for (const dialect of dialects) {
      for (const { method, path } of dialect.operations) {
        const filled = path.replace(/\{version\}/, '1').replace(/\{\w+\}/g, 'x');
        expect([path, typeof dialect.match(method.toUpperCase(), filled)]).toEqual([
          path,
          'function',
        ]);
      }
    }
  });

  test('whatever a dialect answers is an operation', () => {
    const known = operations.map(patternOf);
    const found = new Set(dialects.flatMap((dialect) => answered(dialect, operations)));
    expect(found.size).toBeGreaterThan(operations.length / 2);
    const unknown = [...found].filter((line) => !known.some((pattern) => pattern.test(line)));
    expect(unknown.filter((line) => !refused.test(line))).toEqual([]);
  });
});

test('the linter finds nothing wrong with the documents', async () => {
  const making = describedProcesses.map((described) =>
    openApiDocument({ title: described.name, version: '1', basePath: '' }, operationsOf(described)),
  );
  const documents = await Promise.all(making);
  const said = execFileSync(process.execPath, ['tests/support/lint-openapi.mjs'], {
    input: JSON.stringify(documents),
    encoding: 'utf8',
  });
  expect(JSON.parse(said)).toEqual(documents.map(() => []));
});

/** Lines of an Express app's routes with their methods. */
function routesOf(app: object): string[] {
  const { stack } = (app as { router: { stack: { route?: Route }[] } }).router;
  return stack.flatMap(({ route }) =>
    Object.keys(route?.methods ?? {})
      .filter((method) => method !== '_all')
      .map((method) => `${method.toUpperCase()} ${route!.path.replace(/:\w+/g, '*')}`),
  );
}

interface Route {
  readonly path: string;
  readonly methods: Readonly<Record<string, boolean>>;
}

const sources = [
  'protocol/dialects/open-inference/routes.ts',
  'protocol/dialects/open-inference/open-inference-dialect.ts',
  'protocol/dialects/open-inference/repository.ts',
  'protocol/dialects/open-inference/shared-memory-pages.ts',
  'protocol/dialects/open-inference/server-control-dialect.ts',
  'protocol/dialects/tf-serving/routes.ts',
  'protocol/dialects/tf-serving/tf-serving-dialect.ts',
  'protocol/dialects/fractal/prediction-path.ts',
  'protocol/dialects/sagemaker/sagemaker-dialect.ts',
  'inferrer/cluster-dialect.ts',
  'modelhost/cluster/generation-dialect.ts',
  'metrics/service/cluster-dialect.ts',
  'serving/http/health.ts',
  'serving/http/metrics-dialect.ts',
  'serving/openapi/document-operations.ts',
];

/** The words of all paths and patterns that stand in the files that know paths. */
const words = new Set(
  sources
    .flatMap((file) =>
      readFileSync(file, 'utf8')
        .replace(/^.*from '.*$/gm, '')
        .split('\n'),
    )
    .filter((line) => /['"`/(|]\/?[a-z]/.test(line) && !line.trim().startsWith('*'))
    .flatMap((line) => line.match(/(?<=['/|(])[a-z][a-z0-9.]+(?:-[a-z]+)*(?=['/|)?$])/g) ?? []),
);

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** What a dialect answers of all paths that are a step away from those of the operations. */
function answered(dialect: Dialect, operations: readonly Operation[]): string[] {
  const paths = new Set(operations.flatMap(({ path }) => neighbours(path)));
  return [...paths].flatMap((path) =>
    methods
      .filter((method) => isAnswered(dialect, method, path))
      .map((method) => `${method} ${path}`),
  );
}

function isAnswered(dialect: Dialect, method: string, path: string): boolean {
  try {
    return dialect.match(method, path) !== undefined;
  } catch {
    return false;
  }
}

/** Lines that fit an operation; a version is a number, and only FRACTAL refuses slashes by itself. */
function patternOf({ method, path }: Operation): RegExp {
  const one = path.startsWith('/v1/') ? '[^/:]+' : '[^/]+';
  const any = path.endsWith('/prediction') ? '.+' : one;
  const pattern = path
    .replaceAll('.', '\\.')
    .replace('{version}', '\\d+')
    .replace(/\{\w+\}/g, any);
  return new RegExp(`^${method.toUpperCase()} ${pattern}$`);
}

/** Repositories with a name are refused whatever is asked of them; some paths are taken with a closing slash, too. */
const refused = /^POST \/v2\/repository\/[^/]+\/.|^(GET|POST) \/(v2|metrics)\/$/;

/** The path with a segment left out, put in, or replaced by any of the words, and with one behind. */
function neighbours(path: string): string[] {
  const plain = path.replace('{version}', '1').replace(/\{\w+\}/g, 'M');
  const [, ...parts] = plain.replaceAll(':', '/:').split('/');
  const joined = (list: readonly string[]): string => `/${list.join('/')}`.replaceAll('/:', ':');
  expect(words.size).toBeGreaterThan(40);
  const steps = [...words, 'M', '1'].flatMap((word) => [
    ...parts.map((_, at) => parts.with(at, word)),
    ...parts.map((_, at) => parts.toSpliced(at, 0, word)),
    [...parts, word],
    [...parts, `:${word}`],
    [...parts, 'M', word],
  ]);
  return [parts, ...parts.map((_, at) => parts.toSpliced(at, 1)), ...steps].map(joined);
}
