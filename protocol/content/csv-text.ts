import { ShoalError } from '../../core/errors';
import { maxLines, textLines, tooManyLines } from './text-lines';

/**
 * The fields of CSV text, RFC 4180: commas between, quotes around what has commas, quotes or line
 * breaks, a doubled quote for a quote. Lines end with LF or CRLF, the last one may do without.
 * Throws malformed_body, too_large.
 */
export function csvLines(text: string): string[][] {
  if (text.includes('"')) return quotedLines(text);
  return textLines('text/csv', text).map((line) =>
    (line.endsWith('\r') ? line.slice(0, -1) : line).split(','),
  );
}

function quotedLines(text: string): string[][] {
  const lines: string[][] = [];
  let line: string[] = [];
  let at = 0;
  while (at < text.length || line.length > 0) {
    const field = fieldAt(text, at);
    if (field === undefined) throw broken(lines.length + 1, text.slice(at, at + 40));
    line.push(field.value);
    at = field.next;
    if (field.ending === ',') continue;
    if (lines.push(line) > maxLines) throw tooManyLines('text/csv');
    line = [];
  }
  return lines;
}

interface Field {
  readonly value: string;
  /** A comma, a line break, or nothing at the end of the text. */
  readonly ending: string;
  readonly next: number;
}

const opening = /[ \t]*"/y;
const bare = /[^",\r\n]*/y;
const ending = /[ \t]*(,|\r?\n|$)/y;

function fieldAt(text: string, at: number): Field | undefined {
  const from = matchAt(opening, text, at);
  if (from !== null) {
    const begin = at + from[0].length;
    const end = closingQuote(text, begin);
    return endedAt(text, text.slice(begin, end).replaceAll('""', '"'), end + 1);
  }
  const value = matchAt(bare, text, at)?.[0] ?? '';
  return endedAt(text, value, at + value.length);
}

/** The place of the quote that ends a field; where there is none, the end of the text. */
function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  // A pattern for the doubled ones would want stack for each character of a long field.
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at < 0 ? text.length : at;
}

function endedAt(text: string, value: string, at: number): Field | undefined {
  const found = matchAt(ending, text, at);
  return found === null ? undefined : { value, ending: found[1] ?? '', next: at + found[0].length };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function broken(line: number, rest: string): ShoalError {
  return new ShoalError(
    'malformed_body',
    `text/csv: line ${line} cannot be read at ${JSON.stringify(rest)}: a quoted ` +
      'field begins and ends with a quote, and a quote inside is doubled.',
  );
}

/** A text as a field: in quotes where it would be read as something else without. */
export function csvField(text: string): string {
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
