/** One number with its labels. `suffix` is '', or e.g. `_bucket` for parts of a histogram. */
export interface Sample {
  readonly suffix: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The upper bound of a histogram's bucket, as `writeBound` writes it. */
  readonly le?: string;
  readonly value: number;
}

/** A metric with all its samples. A counter's name includes `_total` where it has that. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: readonly Sample[];
}

export type ExpositionFormat = 'text' | 'openmetrics';

export const contentTypes: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** The form that the Accept header prefers; text 0.0.4 where it names neither. */
export function chooseFormat(accept: string | undefined): ExpositionFormat {
  const best = { q: 0, format: 'text' as ExpositionFormat };
  for (const range of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const format = formats[type];
    const given = parameters.find((parameter) => parameter.startsWith('q='));
    const q = given === undefined ? 1 : Number(given.slice(2));
    if (format !== undefined && q > best.q) Object.assign(best, { q, format });
  }
  return best.format;
}

const formats: Readonly<Record<string, ExpositionFormat>> = {
  'application/openmetrics-text': 'openmetrics',
  'text/plain': 'text',
  'text/*': 'text',
  '*/*': 'text',
};

/** Writes families; `constant` labels are added to every sample that does not have them. */
export function writeFamilies(
  families: readonly Family[],
  format: ExpositionFormat,
  constant: Readonly<Record<string, string>> = {},
): string {
  const lines: string[] = [];
  for (const family of families) {
    if (family.samples.length > 0) writeFamily(lines, family, { format, constant });
  }
  if (format === 'openmetrics') lines.push('# EOF');
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

interface Writing {
  readonly format: ExpositionFormat;
  readonly constant: Readonly<Record<string, string>>;
}

function writeFamily(lines: string[], family: Family, { format, constant }: Writing): void {
  const open = format === 'openmetrics';
  const isCounter = family.type === 'counter';
  const name = open && isCounter ? family.name.replace(/_total$/, '') : family.name;
  const stem = open && isCounter ? `${name}_total` : name;
  const type = open && family.type === 'untyped' ? 'unknown' : family.type;
  lines.push(`# HELP ${name} ${escapeHelp(family.help, open)}`, `# TYPE ${name} ${type}`);
  writeSamples(lines, family.samples, { stem, constant });
}

function writeSamples(
  lines: string[],
  samples: readonly Sample[],
  { stem, constant }: { stem: string; constant: Sample['labels'] },
): void {
  // The samples of one histogram share their labels: they are written once.
  let labels: Sample['labels'] | undefined;
  let text = '';
  for (const sample of samples) {
    if (sample.labels !== labels) {
      labels = sample.labels;
      text = writeLabels({ ...constant, ...labels });
    }
    const bound = sample.le === undefined ? '' : `${text === '' ? '' : ','}le="${sample.le}"`;
    const braced = text === '' && bound === '' ? '' : `{${text}${bound}}`;
    lines.push(`${stem}${sample.suffix}${braced} ${writeNumber(sample.value)}`);
  }
}

function writeLabels(labels: Readonly<Record<string, string>>): string {
  let text = '';
  for (const name in labels) {
    const value = labels[name] ?? '';
    text += `${text === '' ? '' : ','}${name}="${escapeValue(value)}"`;
  }
  return text;
}

function escapeValue(value: string): string {
  if (!/["\\\n]/.test(value)) return value;
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function escapeHelp(help: string, open: boolean): string {
  const text = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return open ? text.replaceAll('"', '\\"') : text;
}

function writeNumber(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

/** A bucket's bound in the one way of writing it that both formats share. */
export function writeBound(bound: number): string {
  if (bound === Infinity) return '+Inf';
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}
