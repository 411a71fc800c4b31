import { setImmediate as turn } from 'node:timers/promises';
import type { Exemplar } from './exemplars';

/** One number with its labels. `suffix` is '', or e.g. `_bucket` for parts of a histogram. */
export interface Sample {
  readonly suffix: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The upper bound of a histogram's bucket, as `writeBound` writes it. */
  readonly le?: string;
  readonly value: number;
  /** Of a histogram's bucket; only OpenMetrics has a place for it. */
  readonly exemplar?: Exemplar | undefined;
}

/** A metric with all its samples. A counter's name includes `_total` where it has that. */
export interface Family<Samples extends Iterable<Sample> = readonly Sample[]> {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: Samples;
}

/** Families as they are written: samples may be made while that goes on. */
export type FamiliesToWrite = Iterable<Family<Iterable<Sample>>>;

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
  families: FamiliesToWrite,
  format: ExpositionFormat,
  constant: Sample['labels'] = {},
): string {
  return [...partsOf(families, { format, constant })].join('');
}

/** The same, part by part: others get their turns between. */
export async function writeInTurns(
  families: FamiliesToWrite,
  format: ExpositionFormat,
  constant: Sample['labels'],
): Promise<string> {
  let text = '';
  for (const part of partsOf(families, { format, constant })) {
    text += part;
    await turn();
  }
  return text;
}

interface Writing {
  readonly format: ExpositionFormat;
  readonly constant: Sample['labels'];
}

/** Some milliseconds of work in a process that has not done it for long. */
const samplesPerPart = 500;

function* partsOf(families: FamiliesToWrite, { format, constant }: Writing): Generator<string> {
  for (const family of families) {
    const { stem, heading } = headOf(family, format);
    let before = heading;
    for (const samples of inGroups(family.samples)) {
      yield before + linesOf(samples, { stem, constant, open: format === 'openmetrics' });
      before = '';
    }
  }
  if (format === 'openmetrics') yield '# EOF\n';
}

function* inGroups(samples: Iterable<Sample>): Generator<readonly Sample[]> {
  let group: Sample[] = [];
  for (const sample of samples) {
    group.push(sample);
    if (group.length < samplesPerPart) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

function headOf(
  { name: full, help, type }: Family<Iterable<Sample>>,
  format: ExpositionFormat,
): { stem: string; heading: string } {
  const open = format === 'openmetrics';
  const isCounter = type === 'counter';
  const name = open && isCounter ? full.replace(/_total$/, '') : full;
  const stem = open && isCounter ? `${name}_total` : name;
  const typeName = open && type === 'untyped' ? 'unknown' : type;
  return {
    stem,
    heading: `# HELP ${name} ${escapeHelp(help, open)}\n# TYPE ${name} ${typeName}\n`,
  };
}

function linesOf(
  samples: readonly Sample[],
  { stem, constant, open }: { stem: string; constant: Sample['labels']; open: boolean },
): string {
  // The samples of one histogram share their labels: they are written once.
  let labels: Sample['labels'] | undefined;
  let text = '';
  let lines = '';
  for (const sample of samples) {
    if (sample.labels !== labels) {
      labels = sample.labels;
      text = writeLabels({ ...constant, ...labels });
    }
    const bound = sample.le === undefined ? '' : `${text === '' ? '' : ','}le="${sample.le}"`;
    const braced = text === '' && bound === '' ? '' : `{${text}${bound}}`;
    lines += `${stem}${sample.suffix}${braced} ${writeNumber(sample.value)}`;
    if (open && sample.exemplar !== undefined) lines += writeExemplar(sample.exemplar);
    lines += '\n';
  }
  return lines;
}

const exemplarLabel = 'request_id';
/** OpenMetrics' limit for names and values of an exemplar's labels together. */
const exemplarLength = 128;

function writeExemplar({ requestId, value, time }: Exemplar): string {
  if (exemplarLabel.length + requestId.length > exemplarLength) return '';
  const labels = writeLabels({ [exemplarLabel]: requestId });
  return ` # {${labels}} ${writeNumber(value)} ${time.toFixed(3)}`;
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
