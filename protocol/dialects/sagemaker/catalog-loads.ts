import { ShoalError } from '../../../core/errors';
import { isServed, type Catalog } from '../../catalog';
import { parseModelName } from '../../model-name';
import type { ModelLoads } from './hosting';

/** The models of a repository: they can be listed and asked, and come and go by other ways. */
export function catalogLoads(catalog: Catalog): ModelLoads {
  const refuse = (): Promise<never> =>
    Promise.reject(
      new ShoalError(
        'unsupported',
        'This container serves the models of its repository: start it with ' +
          'SAGEMAKER_MULTI_MODEL=true to have models loaded and unloaded by the platform.',
      ),
    );
  return {
    load: refuse,
    unload: refuse,
    list: () =>
      catalog
        .models()
        .filter(({ versions }) => versions.some(isServed))
        .map(({ name }) => ({ name, url: `repository/${name}` })),
    async use(name, work) {
      const model = parseModelName(name);
      catalog.model(model);
      return await work(model);
    },
  };
}
