import type { ModelState } from '../repository/model-state';
import type { Roles } from '../runners/runner-supervisor';

/** What its versions are for, as their runners see it. */
export function rolesIn(state: ModelState): Roles {
  const { default: standard, labels, traffic } = state;
  const { variants = [], shadow } = traffic ?? {};
  const answering = variants.filter(({ weight }) => weight > 0).map(({ version }) => version);
  const named = [...new Set([standard, ...Object.values(labels), ...answering])];
  if (shadow === undefined) return { shadow, named };
  const { version } = shadow;
  return { shadow: { version, copies: named.includes(version) ? 'also' : 'only' }, named };
}
