import { ShoalError } from '../../../core/errors';
import { parseModelAndVersion, parseModelName, type ModelReference } from '../../model-name';

/** Whom a path below /v2/models asks. */
export interface NamedInPath {
  /** The model's segment as it stands in the path: a name, or a name with a version or label. */
  readonly segment: string;
  /** Decimal digits, or '' where the path has no part for it. */
  readonly version: string;
}

/** What a path below /v2/models asks for. */
export interface ModelRoute extends NamedInPath {
  readonly action: 'metadata' | 'ready' | 'config' | 'infer';
}

const models = '/v2/models/';
const versions = '/versions/';

const actions: Readonly<Record<string, ModelRoute['action']>> = {
  '': 'metadata',
  '/ready': 'ready',
  '/config': 'config',
  '/infer': 'infer',
};

/** The route of `/v2/models/<m>[/versions/<v>][/ready|/config|/infer]`, or nothing for other paths. */
export function modelRoute(path: string): ModelRoute | undefined {
  if (!path.startsWith(models)) return undefined;
  const [segment, rest] = cut(path, models.length);
  if (segment === '') return undefined;
  if (!rest.startsWith(versions)) return routed(segment, '', rest);
  const [version, action] = cut(rest, versions.length);
  return /^\d+$/.test(version) ? routed(segment, version, action) : undefined;
}

/** The segment that begins at `from`, and what follows it with its slash. */
function cut(path: string, from: number): [string, string] {
  const end = path.indexOf('/', from);
  return end < 0 ? [path.slice(from), ''] : [path.slice(from, end), path.slice(end)];
}

function routed(segment: string, version: string, rest: string): ModelRoute | undefined {
  const action = Object.hasOwn(actions, rest) ? actions[rest] : undefined;
  if (action === undefined || isReserved(segment, rest)) return undefined;
  return { action, segment, version };
}

/** `/v2/models/stats` belongs to the statistics of all models. */
function isReserved(segment: string, rest: string): boolean {
  return segment === 'stats' && rest === '';
}

/** The model that a segment of a path names. Throws invalid_name. */
export function modelIn(segment: string): string {
  return parseModelName(decoded(segment));
}

/** The model and version that a segment names: `iris`, `iris:2`, `iris:stable`. Throws invalid_name. */
export function referenceIn({ segment, version }: NamedInPath): ModelReference {
  return parseModelAndVersion(decoded(segment), version);
}

function decoded(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new ShoalError('invalid_name', 'The model name has a % that is no percent-encoding.');
  }
}
