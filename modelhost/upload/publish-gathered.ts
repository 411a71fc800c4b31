import type { DryRun, TryUpload } from '../dry-run';
import type { HostModels, Published, PublishOptions, StagedUpload } from '../models';
import { arrange, type Gathered } from './arrange';

type Models = Pick<HostModels, 'stage' | 'publish' | 'readStanding'>;

/** What is staged, and what is known of it. */
type Arranged = Pick<PublishOptions, 'model' | 'files' | 'config'>;

/**
 * Publishes what lies in an inbox; what is not kept stays there. Throws what `HostModels.publish`
 * and `arrange` throw.
 */
export function publishGathered(
  models: Models,
  gathered: Gathered,
  options: Pick<PublishOptions, 'model' | 'hold' | 'description' | 'wish' | 'tell' | 'signal'>,
): Promise<Published> {
  return withArranged(models, gathered, options.model, (staged, arranged) =>
    models.publish(staged, { ...options, ...arranged }),
  );
}

/** Says what publishing would do, and stores nothing. */
export function dryRunGathered(
  models: Models,
  gathered: Gathered,
  { model, signal }: Pick<PublishOptions, 'model' | 'signal'>,
  dryRun: TryUpload,
): Promise<DryRun> {
  return withArranged(models, gathered, model, (staged, arranged) =>
    dryRun(staged, { ...arranged, ...(signal && { signal }) }),
  );
}

/** Most names of unused files that an answer lists. */
const maxUnused = 50;

async function withArranged<Result extends { readonly unused?: readonly string[] }>(
  models: Models,
  gathered: Gathered,
  model: string,
  use: (staged: StagedUpload, arranged: Arranged) => Promise<Result>,
): Promise<Result> {
  const staged = await models.stage();
  try {
    const { files, config, unused } = await arrange(gathered, {
      staged,
      readStanding: (name) => models.readStanding(model, name),
    });
    const known = { model, files, ...(config === undefined ? {} : { config }) };
    const result: Result = await use(staged, known);
    return unused.length === 0 ? result : { ...result, unused: unused.slice(0, maxUnused) };
  } finally {
    await staged.discard();
  }
}
