/** A model that is there, with its versions. */
export interface ServedModel {
  readonly name: string;
  readonly versions: readonly { readonly version: number }[];
}

/** Whether the model or version that labels name is gone; false where they name none. */
export type Gone = (labels: Readonly<Record<string, string>>) => boolean;

export function goneFrom(served: readonly ServedModel[]): Gone {
  const there = new Set<string>();
  for (const { name, versions } of served) {
    there.add(name);
    for (const { version } of versions) there.add(`${name}:${version}`);
  }
  return ({ model = '', version = '' }) =>
    model !== '' && !there.has(version === '' ? model : `${model}:${version}`);
}
