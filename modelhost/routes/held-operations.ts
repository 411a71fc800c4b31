import { changing } from '../../protocol/openapi/error-groups';
import { answersJson, type Operation } from '../../protocol/openapi/operation';
import { model, version } from '../../protocol/openapi/parameters';
import { held } from './schema';

export const forInferrers = { tag: 'For inferrers', status: 'fractal' } as const;

const ofVersion = {
  ...forInferrers,
  path: '/modelhost/models/{model}/held/{version}',
  parameters: [model, version],
  errors: changing,
} as const;

/** What comes before a version gets a name. */
export const heldOperations: readonly Operation[] = [
  {
    ...ofVersion,
    id: 'holdForInferrers',
    method: 'put',
    summary: 'Has all hosts load a version that is to get a name',
    answers: answersJson('They do, or will', held),
  },
  {
    ...ofVersion,
    id: 'releaseForInferrers',
    method: 'delete',
    summary: 'Takes that back',
    answers: { 204: { description: 'It is loaded only if the policy selects it', content: {} } },
  },
];
