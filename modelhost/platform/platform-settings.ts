import { oneOf, parsed, setting, text, whole } from '../../core/settings';
import { answerTypes } from '../../protocol/dialects/sagemaker/invocation-call';
import { parseModelReference } from '../../protocol/model-name';

function modelReference(reference: string): string {
  if (reference !== '') parseModelReference(reference);
  return reference;
}

const [jsonType = '', ...otherTypes] = answerTypes;

/** What a hosting platform tells a container of its work, by SageMaker's names. */
export const platformSettings = {
  SAGEMAKER_MULTI_MODEL: setting(
    oneOf(['false', 'true']),
    'false',
    'true: models come and go by POST and DELETE of /models, and nothing else is served.',
  ),
  SAGEMAKER_MODEL_DIRECTORY: setting(
    text('a directory'),
    '/opt/ml/model',
    'Directory of the only model of a modelhost that is started with the word serve; used where it exists.',
  ),
  SAGEMAKER_MODELS_ROOT: setting(
    text('a directory'),
    '/opt/ml/models',
    'Directory below which the models lie that POST /models may name; nothing outside is read.',
  ),
  SAGEMAKER_MODEL: setting(
    parsed(modelReference),
    '',
    'Model that /invocations asks, <name>[:<version>]. Nothing: the only one.',
  ),
  SAGEMAKER_PING: setting(
    oneOf(['alive', 'ready']),
    'alive',
    'When /ping answers 200: as soon as the process runs, or once what was there at its start is loaded.',
  ),
  SAGEMAKER_MEMORY_BYTES: setting(
    whole(0, Number.MAX_SAFE_INTEGER),
    '0',
    'Memory that all runners may take before POST /models answers 507, in bytes. 0: three quarters of what the process may use.',
  ),
  SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT: setting(
    oneOf([jsonType, ...otherTypes]),
    jsonType,
    'Content type of answers to invocations that accept any.',
  ),
  SAGEMAKER_MAX_PAYLOAD_IN_MB: setting(
    whole(1, 1000),
    '6',
    'Largest body of an invocation in MiB, also told by /execution-parameters; MAX_BODY_BYTES counts too.',
  ),
  SAGEMAKER_MAX_CONCURRENT_TRANSFORMS: setting(
    whole(0, 10_000),
    '8',
    'Requests at the same time that /execution-parameters asks a transform job for. 0: 8.',
  ),
  SAGEMAKER_BATCH_STRATEGY: setting(
    oneOf(['MULTI_RECORD', 'SINGLE_RECORD']),
    'MULTI_RECORD',
    'How /execution-parameters asks a transform job to send its lines: many in a request, or one.',
  ),
  SAGEMAKER_MODEL_SERVER_TIMEOUT: setting(
    whole(1, 3600),
    '60',
    'Longest time of an invocation, in seconds.',
  ),
};
