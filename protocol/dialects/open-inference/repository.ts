import { ShoalError } from '../../../core/errors';
import type { Catalog } from '../../catalog';
import { checkUnload, loadOverrideIn, onlyReadyIn } from '../../control/control-body';
import type { ModelControl } from '../../control/model-control';
import { repositoryIndex } from '../../control/repository-index';
import type { Exchange, Handler } from '../../exchange';
import { modelIn } from './routes';

/** What the model_repository extension stands on. */
export interface RepositoryParts {
  readonly catalog: Catalog;
  /** Absent where models cannot be loaded and unloaded. */
  readonly control?: ModelControl;
  /** Longest body of a load call in bytes, as it may bring files; absent: as of any other call. */
  readonly loadBodyBytes?: number;
}

/** What a path below /v2/repository asks for. */
export type RepositoryRoute =
  | { readonly action: 'index' | 'named' }
  /** The model's segment as it stands in the path. */
  | { readonly action: 'load' | 'unload'; readonly segment: string };

const root = '/v2/repository/';
const ofModel = /^\/v2\/repository\/models\/(.*)\/(load|unload)$/;

export function repositoryRoute(path: string): RepositoryRoute | undefined {
  if (!path.startsWith(root)) return undefined;
  if (path === `${root}index`) return { action: 'index' };
  const [, segment, action] = ofModel.exec(path) ?? [];
  if (segment !== undefined) return { action: action === 'load' ? 'load' : 'unload', segment };
  return /^[^/]+\/./.test(path.slice(root.length)) ? { action: 'named' } : undefined;
}

/** Content types say nothing: clients send JSON as a form, and empty forms. */
export function createRepositoryHandler(parts: RepositoryParts, route: RepositoryRoute): Handler {
  switch (route.action) {
    case 'index':
      return (exchange) => index(parts, exchange);
    case 'load':
      return (exchange) => load(parts, exchange, route.segment);
    case 'unload':
      return (exchange) => unload(parts, exchange, route.segment);
    case 'named':
      return refuseNamed;
  }
}

async function index({ catalog }: RepositoryParts, exchange: Exchange): Promise<void> {
  const onlyReady = onlyReadyIn(await exchange.body());
  answer(exchange, JSON.stringify(repositoryIndex(catalog.models(), onlyReady)));
}

async function load(parts: RepositoryParts, exchange: Exchange, segment: string): Promise<void> {
  const model = namedIn(exchange, segment);
  const control = controlOf(parts);
  const override = loadOverrideIn(await exchange.body(parts.loadBodyBytes));
  await control.load(model, override, exchange.requestId);
  answer(exchange, '');
}

async function unload(parts: RepositoryParts, exchange: Exchange, segment: string): Promise<void> {
  const model = namedIn(exchange, segment);
  const control = controlOf(parts);
  checkUnload(await exchange.body());
  await control.unload(model, exchange.requestId);
  answer(exchange, '');
}

function namedIn({ notes }: Exchange, segment: string): string {
  const model = modelIn(segment);
  notes.model = model;
  return model;
}

function controlOf({ control }: RepositoryParts): ModelControl {
  if (control !== undefined) return control;
  throw new ShoalError('unsupported', 'Models cannot be loaded and unloaded here.');
}

function refuseNamed(): never {
  throw new ShoalError('unsupported', "'repository_name' specification is not supported");
}

/** Clients take exactly 200 for success. */
function answer(exchange: Exchange, body: string): void {
  exchange.reply(200, { 'content-type': 'application/json' }, body);
}
