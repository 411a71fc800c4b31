import { unknownModel } from './model-faults';
import type { Repository } from './repository/repository';
import type { ModelSnapshot } from './repository/snapshot';

/** What lies in the repository of a model. Throws unknown_model where nothing does. */
export function storedModel(repository: Pick<Repository, 'view'>, model: string): ModelSnapshot {
  const found = repository.view().snapshot.models.get(model);
  if (found !== undefined && found.versions.length + found.broken.length > 0) return found;
  throw unknownModel(model);
}
