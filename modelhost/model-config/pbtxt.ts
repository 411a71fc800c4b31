import { parseTextProto, type TextMessage, type TextValue } from './text-proto';

/**
 * The fields of Triton's ModelConfig that are read, with their nested messages. A field with
 * `list` is repeated; fields that are not named here keep their name and lose their inside.
 */
interface Shape {
  readonly [field: string]: { readonly list?: true; readonly message?: Shape };
}

const tensor: Shape = {
  name: {},
  data_type: {},
  dims: { list: true },
  reshape: { message: { shape: { list: true } } },
};

const warmUp: Shape = {
  name: {},
  batch_size: {},
  count: {},
  inputs: {
    list: true,
    message: {
      key: {},
      value: {
        message: {
          data_type: {},
          dims: { list: true },
          zero_data: {},
          random_data: {},
          input_data_file: {},
        },
      },
    },
  },
};

/** Ours; fields of one value each are left out. */
const shoal: Shape = {
  image: { message: { mean: { list: true }, std: { list: true } } },
  default_answer: {
    message: { outputs: { list: true, message: { shape: { list: true }, data: { list: true } } } },
  },
  placement: {
    message: {
      copies: {},
      labels: { list: true, message: { key: {}, value: { list: true } } },
    },
  },
};

const modelConfig: Shape = {
  name: {},
  platform: {},
  backend: {},
  max_batch_size: {},
  default_model_filename: {},
  input: { list: true, message: tensor },
  output: { list: true, message: tensor },
  model_warmup: { list: true, message: warmUp },
  response_cache: { message: { enable: {} } },
  shoal: { message: shoal },
  dynamic_batching: {
    message: { max_queue_delay_microseconds: {}, preferred_batch_size: { list: true } },
  },
  parameters: { list: true, message: { key: {}, value: { message: { string_value: {} } } } },
  metric_tags: { list: true, message: { key: {}, value: {} } },
  instance_group: { list: true, message: { name: {}, kind: {}, count: {} } },
  version_policy: {
    message: {
      latest: { message: { num_versions: {} } },
      all: { message: {} },
      specific: { message: { versions: { list: true } } },
    },
  },
};

/** Triton's config.pbtxt in the form that its config.json has. Throws TextProtoError. */
export function pbtxtToJson(text: string): Record<string, unknown> {
  return messageToJson(parseTextProto(text), modelConfig);
}

function messageToJson(message: TextMessage, shape: Shape): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const [name, values] of message) {
    const field = Object.hasOwn(shape, name) ? shape[name] : undefined;
    const parts = values.map((value) => valueToJson(value, field?.message));
    // A field given twice, where one value is wanted: the last one counts, as in protobuf.
    json[name] = field?.list === true ? parts : parts.at(-1);
  }
  return json;
}

function valueToJson(value: TextValue, shape: Shape | undefined): unknown {
  if (value instanceof Map) return messageToJson(value as TextMessage, shape ?? {});
  return typeof value === 'bigint' ? value.toString() : value;
}
