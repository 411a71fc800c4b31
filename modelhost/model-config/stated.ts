import {
  configDatatype,
  instanceKinds,
  type StatedConfig,
  type StatedInstances,
  type StatedWarmUp,
} from '../../protocol/control/stated-config';
import type { ConfiguredWarmUp, ModelConfig, StatedFields } from './model-config';

type Fields = Readonly<Record<string, unknown>>;

/** From a configuration as JSON, or what its text form reads as; what is not understood is left out. */
export function statedIn(raw: unknown): StatedFields {
  const { parameters, metric_tags: tags, instance_group: groups } = fieldsOf(raw);
  const texts = textsIn(parameters, (value) => fieldsOf(value)['string_value']);
  const metricTags = textsIn(tags, (value) => value);
  const instanceGroup = (Array.isArray(groups) ? groups : []).map(instancesIn);
  return {
    ...(isEmpty(texts) ? {} : { parameters: texts }),
    ...(isEmpty(metricTags) ? {} : { metricTags }),
    ...(instanceGroup.length === 0 ? {} : { instanceGroup }),
  };
}

/** All that is told of a version, beside what its requests need. */
export function statedConfig(
  { stated, versionPolicy: policy, warmUps }: ModelConfig,
  file: string,
): StatedConfig {
  return {
    ...stated,
    versionPolicy:
      policy.kind === 'all'
        ? { all: {} }
        : policy.kind === 'latest'
          ? { latest: { num_versions: policy.count } }
          : { specific: { versions: policy.versions } },
    defaultModelFilename: file,
    ...(warmUps.length === 0 ? {} : { warmUps: warmUps.map(warmUpOf) }),
  };
}

function warmUpOf({ name, batchSize, count, inputs }: ConfiguredWarmUp): StatedWarmUp {
  const stated = inputs.map(({ name: input, datatype, dims, values }) => {
    const how = values === 'zero' ? { zero_data: true as const } : { random_data: true as const };
    return [input, { data_type: configDatatype(datatype), dims, ...how }] as const;
  });
  return { name, batch_size: batchSize, inputs: Object.fromEntries(stated), count };
}

/** A map in JSON is an object; in the text form a list of entries with a key and a value each. */
function textsIn(map: unknown, textOf: (value: unknown) => unknown): Record<string, string> {
  const entries = Array.isArray(map)
    ? map.map((entry) => [fieldsOf(entry)['key'], fieldsOf(entry)['value']] as const)
    : Object.entries(fieldsOf(map));
  const texts: Record<string, string> = {};
  for (const [key, value] of entries) {
    const text = textOf(value);
    if (typeof key === 'string' && typeof text === 'string') texts[key] = text;
  }
  return texts;
}

function instancesIn(raw: unknown): StatedInstances {
  const { name, kind, count } = fieldsOf(raw);
  const copies = Number(count ?? 1);
  return {
    name: typeof name === 'string' ? name : '',
    kind: instanceKinds.find((known) => known === kind) ?? 'KIND_AUTO',
    count: Number.isSafeInteger(copies) && copies > 0 ? copies : 1,
  };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function isEmpty(texts: Readonly<Record<string, string>>): boolean {
  return Object.keys(texts).length === 0;
}
