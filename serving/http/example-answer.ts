import type { RequestHandler } from 'express';
import { ShoalError } from '../../core/errors';
import type { Catalog } from '../../protocol/catalog';
import { namedModel } from '../../protocol/dialects/fractal/named-model';
import { exampleCall } from '../../protocol/example-call';
import { pathParameter } from './express-answers';

/** A request that the named model or version takes, as body of an Open Inference Protocol call. */
export function giveExample(catalog: Catalog): RequestHandler {
  return (request, response) => {
    const { entry, version } = namedModel(catalog, pathParameter(request, 'model'));
    const { version: number } = catalog.resolve(entry.name, version);
    const served = entry.versions.find((each) => each.version === number);
    if (served === undefined) {
      throw new ShoalError('unknown_version', `Model '${entry.name}' has no version ${number}.`);
    }
    const { body, ran } = exampleCall(entry.name, served);
    response.setHeader('shoal-example', ran ? 'ran' : 'untried');
    response.type('application/json').send(body);
  };
}
