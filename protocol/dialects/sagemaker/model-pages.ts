import { ShoalError } from '../../../core/errors';
import type { LoadedModel } from './hosting';

const defaultLimit = 100;
const maxLimit = 1000;

export interface ModelPage {
  readonly models: readonly { readonly modelName: string; readonly modelUrl: string }[];
  /** Absent on the last page. */
  readonly nextPageToken?: string;
}

/**
 * A page of the models, which are sorted by name. The token is the last name of the page before, so
 * that none is missed or told twice that was there all the time. Throws invalid_request.
 */
export function modelPage(models: readonly LoadedModel[], query: URLSearchParams): ModelPage {
  const limit = limitOf(query.get('limit'));
  const after = query.get('next_page_token') ?? '';
  const rest = after === '' ? models : models.filter(({ name }) => name > after);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return {
    models: page.map(modelFields),
    ...(last !== undefined && rest.length > limit && { nextPageToken: last.name }),
  };
}

export function modelFields({ name, url }: LoadedModel): ModelPage['models'][number] {
  return { modelName: name, modelUrl: url };
}

function limitOf(text: string | null): number {
  if (text === null || text === '') return defaultLimit;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit >= 1) return Math.min(limit, maxLimit);
  throw new ShoalError(
    'invalid_request',
    `limit: wanted a whole number from 1 to ${maxLimit}, got ${JSON.stringify(text.slice(0, 40))}.`,
  );
}
