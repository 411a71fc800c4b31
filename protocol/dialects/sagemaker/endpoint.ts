import { asShoalError, ShoalError, statusOf } from '../../../core/errors';
import type { Handler } from '../../exchange';
import { parseModelReference, type ModelReference } from '../../model-name';
import { invoke, type InvocationParts } from './invocation';

/**
 * `POST /endpoints/<name>/invocations`, as the clients of the platform's runtime send it: the
 * endpoint is a model, `<model>[:<version>]`.
 */
export function createEndpointHandler(parts: InvocationParts, endpoint: string): Handler {
  return async (exchange) => {
    try {
      const asked = askedModel(
        endpoint,
        exchange.header('x-amzn-sagemaker-target-model'),
        exchange.header('x-amzn-sagemaker-target-variant'),
      );
      await invoke(parts, exchange, asked, ({ version }) => ({
        'x-amzn-invoked-production-variant': version,
      }));
    } catch (thrown) {
      throw toldToClients(asShoalError(thrown));
    }
  };
}

/** The name that the platform gives to the only variant of an endpoint. */
const anyVariant = 'AllTraffic';

/** A target model goes before the endpoint's name; a variant is a version or a label. */
export function askedModel(
  endpoint: string,
  targetModel: string | undefined,
  targetVariant: string | undefined,
): ModelReference {
  const file = targetModel
    ?.split('/')
    .at(-1)
    ?.replace(/\.tar\.gz$/, '');
  const reference = parseModelReference(file ?? endpoint);
  if (targetVariant === undefined || targetVariant === anyVariant) return reference;
  return parseModelReference(`${reference.model}:${targetVariant}`);
}

/** With what those clients read of an error: their word for its kind, and `message`. */
function toldToClients(error: ShoalError): ShoalError {
  const { headers, fields, ...details } = error.details;
  return new ShoalError(error.code, error.message, {
    ...details,
    headers: { ...headers, 'x-amzn-errortype': kindOf(statusOf(error.code, 'http')) },
    fields: { ...fields, message: error.message },
  });
}

function kindOf(status: number): string {
  if (status < 500) return 'ValidationError';
  return status === 503 ? 'ServiceUnavailable' : 'InternalFailure';
}
