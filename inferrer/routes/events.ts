import type { IRouter, Request } from 'express';
import { ShoalError } from '../../core/errors';
import { parseModelName } from '../../protocol/model-name';
import { mount } from '../../serving/http/express-answers';
import type { ClusterEvents } from '../events/cluster-events';

/** What happens in the cluster, as it happens. */
export function mountEvents(app: IRouter, events: Pick<ClusterEvents, 'follow'>): void {
  mount(app, '/api/v1/events', {
    get: async (request, response) => {
      await events.follow(response, {
        lastId: request.header('last-event-id') ?? '',
        model: modelIn(request),
        follows: followsIn(request),
      });
    },
  });
}

function modelIn({ query }: Request): string | undefined {
  const { model } = query;
  if (model === undefined) return undefined;
  if (typeof model === 'string') return parseModelName(model);
  const got = Array.isArray(model) ? `${model.length} of them` : 'something else';
  throw new ShoalError('invalid_request', `model: wanted the name of one model, got ${got}.`);
}

function followsIn({ query }: Request): boolean {
  const { follow = 'true' } = query;
  if (follow === 'true' || follow === 'false') return follow === 'true';
  const got = typeof follow === 'string' ? `'${follow.slice(0, 50)}'` : 'more than one';
  throw new ShoalError('invalid_request', `follow: wanted 'true' or 'false', got ${got}.`);
}
