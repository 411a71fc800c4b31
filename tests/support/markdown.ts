import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A fenced block of a document. `words` are what stands behind the language. */
export interface Fence {
  readonly language: string;
  readonly words: readonly string[];
  readonly text: string;
}

const skipped = new Set(['node_modules', 'dist', 'models', '.git', 'coverage']);

/** Every document of the project, as a path from its root. */
export function documents(folder = '.'): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : documents(file);
    return entry.name.endsWith('.md') ? [file] : [];
  });
}

export function readDocument(file: string): string {
  return readFileSync(file, 'utf8');
}

/** The cells of all table rows between the heading `title` and the next of its level or above. */
export function tableUnder(text: string, title: string): string[][] {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => headingOf(line)?.title === title);
  if (at < 0) throw new Error(`there is no heading '${title}'`);
  const level = headingOf(lines[at] ?? '')?.level ?? 0;
  const rest = lines.slice(at + 1);
  const end = rest.findIndex((line) => (headingOf(line)?.level ?? 9) <= level);
  const rows = (end < 0 ? rest : rest.slice(0, end)).filter((line) => line.startsWith('|'));
  return rows.filter((row, index) => !isRule(row) && !isRule(rows[index + 1] ?? '')).map(cellsOf);
}

function isRule(row: string): boolean {
  return /^\|[\s:|-]+$/.test(row);
}

function cellsOf(row: string): string[] {
  const cells = row
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/);
  return cells.map((cell) => cell.trim().replaceAll('\\|', '|'));
}

function headingOf(line: string): { level: number; title: string } | undefined {
  const [, marks, title] = /^(#{1,6}) (.+)$/.exec(line) ?? [];
  return marks === undefined || title === undefined ? undefined : { level: marks.length, title };
}

/** The anchors that GitHub gives to the headings of a document. */
export function anchorsOf(text: string): string[] {
  const titles = withoutFences(text)
    .split('\n')
    .flatMap((line) => headingOf(line)?.title ?? []);
  return titles.map((title) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

export function withoutFences(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '');
}

export function fencesOf(text: string): Fence[] {
  return [...text.matchAll(/^```(\S*) ?(.*)\n([\s\S]*?)^```$/gm)].map(
    ([, language = '', words = '', body = '']) => ({
      language,
      words: words.split(' ').filter((word) => word !== ''),
      text: body,
    }),
  );
}

/** What a cell has between backticks, or the cell itself. */
export function code(cell: string): string {
  return /^`(.*)`$/.exec(cell)?.[1] ?? cell;
}
