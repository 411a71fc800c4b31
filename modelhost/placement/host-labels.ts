import { labelForm, type HostLabels } from '../../protocol/placement';

const pair = new RegExp(`^(${labelForm})=(${labelForm})$`);

/** Labels of a host, `name=value` with commas between. Throws an Error that says what was wanted. */
export function hostLabels(list: string): HostLabels {
  const labels = new Map<string, string>();
  for (const text of list.split(',').map((part) => part.trim())) {
    if (text === '') continue;
    const [, name = '', value = ''] = pair.exec(text) ?? [];
    if (name === '') throw new Error('wanted name=value with commas between, e.g. machine=large');
    if (name === 'host') throw new Error('wanted other names than host, which is the HOST_ID');
    if (labels.has(name)) throw new Error(`wanted each name once, got ${name} twice`);
    labels.set(name, value);
  }
  return Object.fromEntries(labels);
}
