import type { Family, Sample } from './exposition';

/** Only a line feed ends a line: the flag s lets all other line ends be text. */
const line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?[ \t]+([^ \t]+)/s;
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/gs;
const parts = ['_bucket', '_sum', '_count'];

interface Open {
  readonly name: string;
  help: string;
  type: string;
  readonly samples: Sample[];
}

/** Reads text 0.0.4. Lines that are none are left out; timestamps are not kept. */
export function readExposition(text: string): Family[] {
  const families = new Map<string, Open>();
  for (const row of text.split('\n')) {
    if (row.startsWith('#')) readComment(row, families);
    else if (row !== '') readSample(row, families);
  }
  return [...families.values()];
}

function familyFor(name: string, families: Map<string, Open>): Open {
  let family = families.get(name);
  if (family === undefined) {
    family = { name, help: '', type: 'untyped', samples: [] };
    families.set(name, family);
  }
  return family;
}

function readComment(row: string, families: Map<string, Open>): void {
  const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/s.exec(row) ?? [];
  if (keyword === 'HELP') familyFor(name, families).help = unescaped(rest);
  if (keyword === 'TYPE') familyFor(name, families).type = rest;
}

function readSample(row: string, families: Map<string, Open>): void {
  const [, name, labelText, number = ''] = line.exec(row) ?? [];
  if (name === undefined) return;
  const { family, suffix } = placeOf(name, families);
  const labels = readLabels(labelText ?? '');
  const value = numberOf(number);
  const { le, ...others } = labels;
  if (suffix !== '_bucket' || le === undefined) family.samples.push({ suffix, labels, value });
  else family.samples.push({ suffix, labels: others, le, value });
}

/** The family of a sample, which for parts of a histogram has a shorter name. */
function placeOf(name: string, families: Map<string, Open>): { family: Open; suffix: string } {
  if (!families.has(name)) {
    const suffix = parts.find((part) => name.endsWith(part)) ?? '';
    const family = families.get(name.slice(0, name.length - suffix.length));
    if (family !== undefined) return { family, suffix };
  }
  return { family: familyFor(name, families), suffix: '' };
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, key = '', value = ''] of text.matchAll(label)) labels[key] = unescaped(value);
  return labels;
}

function numberOf(text: string): number {
  if (text === '+Inf') return Infinity;
  return text === '-Inf' ? -Infinity : Number(text);
}

function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(.)/gs, (_all, c: string) => (c === 'n' ? '\n' : c));
}
