import { ShoalError } from '../../core/errors';

/**
 * The fields of CSV text, RFC 4180: commas between, quotes around what has commas, quotes or line
 * breaks, a doubled quote for a quote. Lines end with LF or CRLF, the last one may do without.
 * Throws malformed_body.
 */
export function csvLines(text: string): string[][] {
  if (text.includes('"')) return quotedLines(text);
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line).split(','));
}

/** One field and what ends it: a comma, a line break, or the end of the text. */
const field = /(?:[ \t]*"((?:[^"]|"")*)"[ \t]*|([^",\r\n]*))(,|\r?\n|$)/y;

function quotedLines(text: string): string[][] {
  const lines: string[][] = [];
  let line: string[] = [];
  field.lastIndex = 0;
  while (field.lastIndex < text.length || line.length > 0) {
    const at = field.lastIndex;
    const found = field.exec(text);
    if (found === null) throw broken(lines.length + 1, at === text.length ? '' : text.slice(at));
    line.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '');
    if (found[3] === ',') continue;
    lines.push(line);
    line = [];
  }
  return lines;
}

function broken(line: number, rest: string): ShoalError {
  return new ShoalError(
    'malformed_body',
    `text/csv: line ${line} cannot be read at ${JSON.stringify(rest.slice(0, 40))}: a quoted ` +
      'field begins and ends with a quote, and a quote inside is doubled.',
  );
}

/** A text as a field: in quotes where it would be read as something else without. */
export function csvField(text: string): string {
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
