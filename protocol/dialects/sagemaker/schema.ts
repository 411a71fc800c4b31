import { z } from 'zod';
import type { Issue } from '../../openapi/schema';
import { shown, type JsonValue } from '../../exact-json/json-value';

const text = z.string();

const maxNameLength = 1024;

function wanted(what: string) {
  return ({ input }: Issue): string =>
    `{"model_name": ..., "url": ...}: wanted ${what}, got ${shown(input as JsonValue | undefined)}`;
}

const nameWords = wanted(`a model_name of 1 to ${maxNameLength} characters`);
const urlWords = wanted('a url');

export const loadOrder = z
  .object(
    {
      model_name: z
        .string({ error: nameWords })
        .min(1, { error: nameWords })
        .max(maxNameLength, { error: nameWords }),
      url: z.string({ error: urlWords }).min(1, { error: urlWords }),
    },
    { error: wanted('an object') },
  )
  .meta({ id: 'LoadOrder' });

export const loadedModel = z
  .strictObject({ modelName: text, modelUrl: text })
  .meta({ id: 'LoadedModel' });

export const loadedModels = z
  .strictObject({ models: z.array(loadedModel), nextPageToken: text.optional() })
  .meta({ id: 'LoadedModels' });

export const statusAnswer = z.strictObject({ status: text }).meta({ id: 'LoadStatus' });

export const executionParameters = z
  .strictObject({
    MaxConcurrentTransforms: z.int(),
    BatchStrategy: text,
    MaxPayloadInMB: z.int(),
  })
  .meta({ id: 'ExecutionParameters' });

/** JSON in one of the forms that are told apart by their keys. */
export const invocation = z.unknown();

export const invocationAnswer = z.looseObject({}).meta({ id: 'InvocationAnswer' });

export const pageLimit = z.int().min(1);
