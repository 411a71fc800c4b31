/** What a path below /v1/models asks for. */
export interface ModelRoute {
  readonly action: 'status' | 'metadata' | 'predict' | 'classify' | 'regress' | 'explain';
  /** The model's segment as it stands in the path. */
  readonly segment: string;
  /** A number, a label, or '' for the default version. */
  readonly version: string;
}

const models = '/v1/models/';
const path =
  /^\/v1\/models\/([^/:]+)(?:\/versions\/(\d+)|\/labels\/([A-Za-z][A-Za-z0-9._-]{0,63}))?(?:\/(metadata)|:(predict|classify|regress|explain))?$/;

/**
 * The route of `/v1/models/<m>[/versions/<v>|/labels/<l>]` with `/metadata`, `:predict`,
 * `:classify`, `:regress`, `:explain` or nothing behind it; undefined for other paths.
 */
export function modelRoute(from: string): ModelRoute | undefined {
  if (!from.startsWith(models)) return undefined;
  const [whole, segment = '', number, label = '', page, verb] = path.exec(from) ?? [];
  if (whole === undefined) return undefined;
  const action = (page ?? verb ?? 'status') as ModelRoute['action'];
  return { action, segment, version: number ?? label };
}
