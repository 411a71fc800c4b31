import { ShoalError } from '../../core/errors';
import type { Dialect } from '../../protocol/exchange';
import { parseModelName } from '../../protocol/model-name';
import { naming } from '../../protocol/openapi/error-groups';
import { answersJson } from '../../protocol/openapi/operation';
import { model } from '../../protocol/openapi/parameters';
import type { HostCatalogue } from '../host-catalog';
import { generationAnswer } from '../routes/schema';
import { unknownModel } from '../model-faults';

const prefix = '/cluster/generation/';
const json = { 'content-type': 'application/json' };

/**
 * `GET /cluster/generation/<m>`: by which generation of the model this host answers. Inferrers ask
 * before they use an answer that they have kept, many times a second.
 */
export function createGenerationDialect(catalog: Pick<HostCatalogue, 'current'>): Dialect {
  const generationOf = (name: string): number => {
    const entry = catalog.current().models.find((each) => each.name === name);
    if (entry === undefined) throw unknownModel(name);
    return entry.generation;
  };
  return {
    name: 'cluster',
    status: 'http',
    operations: [
      {
        tag: 'For inferrers',
        status: 'http',
        id: 'generation',
        method: 'get',
        path: '/cluster/generation/{model}',
        summary: 'The generation of a model that this host answers by',
        parameters: [model],
        answers: answersJson('The generation', generationAnswer),
        errors: naming,
      },
    ],
    match(method, path) {
      if (!path.startsWith(prefix)) return undefined;
      const name = path.slice(prefix.length);
      if (name === '' || name.includes('/')) return undefined;
      if (method !== 'GET') {
        throw new ShoalError('method_not_allowed', `${path} takes GET, not ${method}`, {
          headers: { allow: 'GET' },
        });
      }
      return (exchange) => {
        const generation = generationOf(parseModelName(name));
        exchange.reply(200, json, JSON.stringify({ generation }));
      };
    },
  };
}
