import { TextProtoError, type Token } from './text-proto-tokens';

/** The value of a bare word: true, false, a special number, or the name of an enum's member. */
export function wordOf(word: string): string | number | boolean {
  if (word === 'true') return true;
  if (word === 'false') return false;
  if (/^inf(inity)?$/i.test(word)) return Infinity;
  if (/^nan$/i.test(word)) return NaN;
  return word;
}

/** Whole numbers beyond 2^53 come as bigint. Throws TextProtoError. */
export function numberOf(token: Token): number | bigint {
  const { text } = token;
  if (/^-(inf|nan)/.test(text)) return text.startsWith('-inf') ? -Infinity : NaN;
  const sign = text.startsWith('-') ? -1n : 1n;
  const digits = text.replace(/^[+-]/, '');
  if (!/^(0[xX][0-9a-fA-F]+|\d+)$/.test(digits)) return Number(text.replace(/[fF]$/, ''));
  const octal = /^0\d+$/.test(digits);
  if (octal && /[89]/.test(digits)) {
    throw new TextProtoError(`${text} is no octal number`, token.line);
  }
  const exact = sign * BigInt(octal ? `0o${digits.slice(1)}` : digits);
  const near = Number(exact);
  return Number.isSafeInteger(near) ? near : exact;
}

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** The text inside the quotes with its escapes resolved. */
export function unescape(token: Token): string {
  const body = token.text.slice(1, -1);
  return body.replace(/\\(?:[0-7]{1,3}|[xX][0-9a-fA-F]{1,2}|u[0-9a-fA-F]{4}|.)/g, (escape) => {
    const code = escape.slice(1);
    if (/^[0-7]/.test(code)) return String.fromCharCode(parseInt(code, 8));
    if (/^[xXu]./.test(code)) return String.fromCharCode(parseInt(code.slice(1), 16));
    return escapes[code] ?? code;
  });
}
