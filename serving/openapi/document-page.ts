import { setImmediate as othersTurn } from 'node:timers/promises';
import type { OpenApi } from './document';

interface Content {
  readonly content?: Readonly<Record<string, { schema?: object; example?: unknown }>>;
}

interface Described {
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

interface DescribedOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly description: string;
  }[];
  readonly requestBody?: Content & { readonly required: boolean };
  readonly responses: Readonly<Record<string, Answer>>;
}

/** An answer, or for refusals a reference to one. */
interface Answer extends Content {
  readonly description?: string;
  readonly $ref?: string;
}

interface Line extends DescribedOperation {
  readonly method: string;
  readonly path: string;
}

/**
 * The document as a page to read: plain HTML, no scripts. Links are relative, for any base path. It
 * is written piece by piece: all of it holds requests up.
 */
export async function documentPage(document: OpenApi): Promise<string> {
  const written: string[] = [];
  for (const piece of pieces(document)) {
    written.push(piece);
    await othersTurn();
  }
  return written.join('\n');
}

function* pieces(document: OpenApi): Generator<string> {
  const { info, components } = document as unknown as Described;
  const lines = linesOf(document);
  const tags = [...new Set(lines.flatMap((line) => line.tags))];
  yield head(info, tags);
  for (const tag of tags) {
    yield `<h2 id="${anchor(tag)}">${safe(tag)}</h2>`;
    for (const line of lines) if (line.tags.includes(tag)) yield operation(line);
  }
  yield '<h2 id="schemas">Schemas</h2>';
  for (const [name, schema] of Object.entries(components.schemas)) {
    yield `<h3 id="schema-${safe(name)}">${safe(name)}</h3>${written(schema)}`;
  }
  yield '</main>\n</html>\n';
}

function head({ title, version, description }: Described['info'], tags: readonly string[]): string {
  const paragraphs = description.split('\n\n').map((paragraph) => `<p>${safe(paragraph)}</p>`);
  const places = [...tags, 'Schemas'].map(
    (tag) => `<li><a href="#${anchor(tag)}">${safe(tag)}</a>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${safe(title)}</title>
<link rel="stylesheet" href="docs/style.css">
<h1>${safe(title)}</h1>
<p>Version ${safe(version)}. <a href="openapi.json">OpenAPI document</a></p>
${paragraphs.join('\n')}
<nav aria-label="Parts"><ul>
${places.join('\n')}
</ul></nav>
<main>`;
}

function linesOf({ paths }: OpenApi): Line[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...(operation as DescribedOperation),
      method,
      path,
    })),
  );
}

function operation(line: Line): string {
  const { method, path, summary, description = '', requestBody } = line;
  return `<details id="${safe(line.operationId)}">
<summary><b>${method.toUpperCase()}</b> <code>${safe(path)}</code> ${safe(summary)}</summary>
<p>${safe(description)} ${need(line)}</p>
${parametersTable(line)}
${requestBody === undefined ? '' : `<h3>Body</h3>${contents(requestBody)}`}
<h3>Answers</h3>
${answersTable(line)}
</details>`;
}

function need({ security }: Line): string {
  const [wanted] = security;
  if (wanted === undefined) return 'Needs no token.';
  const scope = wanted['token']?.[0];
  return scope === undefined ? "Needs the cluster's secret." : `Needs the scope ${safe(scope)}.`;
}

function parametersTable({ parameters = [] }: Line): string {
  if (parameters.length === 0) return '';
  const rows = parameters.map(
    ({ name, in: where, description }) =>
      `<tr><td><code>${safe(name)}</code><td>${safe(where)}<td>${safe(description)}`,
  );
  return `<table><thead><tr><th>Parameter<th>In<th>Meaning<tbody>${rows.join('')}</table>`;
}

function answersTable({ responses }: Line): string {
  const rows = Object.entries(responses).map(([status, answer]) => {
    const { description = '', $ref } = answer;
    const said = $ref === undefined ? safe(description) + contents(answer) : codes($ref);
    return `<tr><td>${safe(status)}<td>${said}`;
  });
  return `<table><thead><tr><th>Status<th>Meaning<tbody>${rows.join('')}</table>`;
}

/** The codes that a refusal's name has behind its status. */
function codes(reference: string): string {
  const [, ...words] = (reference.split('/').at(-1) ?? '').split('.');
  return words.map((word) => `<code>${safe(word)}</code>`).join(', ');
}

function contents({ content = {} }: Content): string {
  const parts = Object.entries(content).map(([type, { schema = {}, example }]) => {
    const shown = example === undefined ? '' : `<p>For example:</p>${written(example)}`;
    return `<p><code>${safe(type)}</code></p>${type.includes('json') ? written(schema) : ''}${shown}`;
  });
  return parts.join('');
}

/** JSON in which references are links. */
function written(value: unknown): string {
  const text = safe(JSON.stringify(value, null, 2));
  const linked = text.replace(
    /&quot;#\/components\/schemas\/(\w+)&quot;/g,
    '<a href="#schema-$1">$1</a>',
  );
  return `<pre tabindex="0">${linked}</pre>`;
}

function anchor(tag: string): string {
  return tag.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

const characters: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function safe(text: string): string {
  return text.replace(/[&<>"']/g, (character) => characters[character] ?? '');
}
