/** What is wrong with a text, and in which line. */
export class TextProtoError extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(`line ${line}: ${message}`);
    this.line = line;
  }
}

/** One word of the text with its line. */
export interface Token {
  readonly kind: 'word' | 'number' | 'string' | 'mark' | 'end';
  readonly text: string;
  readonly line: number;
}

const tokenPattern =
  /(?<space>[ \t\r\f\v]+|#[^\n]*)|(?<newline>\n)|(?<number>[+-]?(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fF]?)|-(?:inf|infinity|nan)\b)|(?<word>[A-Za-z_][A-Za-z0-9_]*)|(?<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?<mark>[{}<>[\]:,;./-])/y;

/** Splits a text into words; the last one has kind `end`. Throws TextProtoError. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < text.length) {
    const at = tokenPattern.lastIndex;
    const groups = tokenPattern.exec(text)?.groups;
    if (groups === undefined) {
      throw new TextProtoError(`unexpected ${JSON.stringify(text.slice(at, at + 20))}`, line);
    }
    if (groups['newline'] !== undefined) line++;
    for (const kind of ['word', 'number', 'string', 'mark'] as const) {
      const found = groups[kind];
      if (found !== undefined) tokens.push({ kind, text: found, line });
    }
  }
  tokens.push({ kind: 'end', text: 'the end', line });
  return tokens;
}
