import { readFileSync } from 'node:fs';

export interface Uploading {
  /** Name of the file in the form; `<model>.onnx` where it is not said. */
  readonly filename?: string;
  readonly fields?: Readonly<Record<string, string>>;
}

/** A JSON answer of the management routes. */
export interface Managed<Body = Record<string, unknown>> {
  readonly status: number;
  readonly body: Body & { readonly error?: string; readonly code?: string };
}

/** What an upload answers. */
export interface UploadBody {
  readonly version: number;
  readonly sha256: string;
  readonly hosts: readonly { readonly host: string; readonly state: string }[];
}

/** Uploads a model's file, by path or as bytes, as FRACTAL's clients do. */
export async function upload(
  url: string,
  model: string,
  file: string | Uint8Array<ArrayBuffer>,
  { filename = `${model}.onnx`, fields = {} }: Uploading = {},
): Promise<Managed<UploadBody>> {
  const form = new FormData();
  const bytes = typeof file === 'string' ? new Uint8Array(readFileSync(file)) : file;
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('path', new Blob([bytes]), filename);
  return managed(await fetch(`${url}/api/v1/models/${model}`, { method: 'PUT', body: form }));
}

/** Calls a management route of the inferrer or of a modelhost. */
export async function manage(
  url: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Managed> {
  const sent =
    body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  return managed(await fetch(`${url}${path}`, { method, ...sent }));
}

async function managed<Body>(answer: Response): Promise<Managed<Body>> {
  const text = await answer.text();
  const body = JSON.parse(text === '' ? '{}' : text) as Managed<Body>['body'];
  return { status: answer.status, body };
}
