import { shareOf } from '../../protocol/canary/bodies';
import type { Canary } from '../../protocol/canary/canary';
import type { HostCatalog, ModelEntry } from '../../protocol/catalog';
import type { ClusterSnapshot, HostSnapshot } from './cluster-snapshot';
import { isLive } from './model-changes';

/** The whole cluster for clients, or of its models only one. */
export function stateJson({ hosts, models }: ClusterSnapshot, model: string | undefined): object {
  const wanted = ({ name }: ModelEntry): boolean => model === undefined || name === model;
  return {
    hosts: hosts.map((host) => hostJson(host, wanted)),
    models: models === null ? null : models.filter(wanted).map(modelJson),
  };
}

function hostJson(
  { id, state, runners, catalog }: HostSnapshot,
  wanted: (model: ModelEntry) => boolean,
): object {
  return { host: id, state, runners, loaded: loadedIn(catalog, wanted) };
}

function loadedIn(
  catalog: HostCatalog | null,
  wanted: (model: ModelEntry) => boolean,
): readonly string[] {
  return (catalog?.models ?? [])
    .filter(wanted)
    .flatMap(({ name, versions }) =>
      versions.filter(({ state }) => state === 'ready').map(({ version }) => `${name}:${version}`),
    );
}

function modelJson(model: ModelEntry): object {
  const { name, generation, defaultVersion, labels, unloaded, traffic, canary } = model;
  return {
    model: name,
    generation,
    default: defaultVersion,
    labels,
    unloaded: unloaded === true,
    ...traffic,
    ...(canary === undefined ? {} : { canary: canaryState(canary) }),
    versions: model.versions.map((entry) => {
      const { version, state, reason } = entry;
      const why = reason === '' ? {} : { reason: reason.slice(0, 500) };
      return { version, live: isLive(model, entry), state, ...why };
    }),
  };
}

/** With what was decided: who has missed those events finds them here. */
function canaryState(canary: Canary): object {
  const { version, state, decisions } = canary;
  return { version, state, share: shareOf(canary), decisions };
}
