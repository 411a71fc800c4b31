import { readFileSync } from 'node:fs';
import path from 'node:path';

export interface Uploading {
  /** Name of the file in the form; `<model>.onnx` where it is not said. */
  readonly filename?: string;
  /** Paths of files that lie beside the model. */
  readonly beside?: readonly string[];
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
  { filename = `${model}.onnx`, fields = {}, beside = [] }: Uploading = {},
): Promise<Managed<UploadBody>> {
  const form = new FormData();
  const bytes = typeof file === 'string' ? new Uint8Array(readFileSync(file)) : file;
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('path', new Blob([bytes]), filename);
  for (const each of beside) {
    form.append('files', new Blob([new Uint8Array(readFileSync(each))]), path.basename(each));
  }
  return managed(await fetch(`${url}/api/v1/models/${model}`, { method: 'PUT', body: form }));
}

/** Uploads bytes as they are, a model or an archive. */
export async function uploadBody(
  url: string,
  model: string,
  bytes: Uint8Array,
): Promise<Managed<UploadBody>> {
  const body = new Uint8Array(bytes);
  return managed(await fetch(`${url}/api/v1/models/${model}`, { method: 'PUT', body }));
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
