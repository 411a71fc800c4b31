/** Longest text of the runtime that is passed on. */
const maxLength = 500;

/** A C++ place: `/build/x/y.cc:123 ` or `y.h(12): `. */
const place = /[\w.+/\\-]+\.(?:cc|cpp|cxx|h|hpp)(?::\d+|\(\d+\)):?\s*/;

/** What follows a place: `void onnxruntime::F(` or `F ` alone. */
const signatureStart = /^[\w:<>~*&,\s]*::[\w:<>~*&,\s=]*\(/;
const bareFunction = /^[A-Z][A-Za-z]*[a-z][A-Z][A-Za-z]*\s+(?=[A-Z])/;

/** Names that the model's author gave; they look like paths and are none. */
const nodeNames = /(Name:'[^']*'|In Node, \("[^"]*")/;

const wording: readonly (readonly [RegExp, string])[] = [
  [/\[ONNXRuntimeError\]\s*:\s*\d+\s*:\s*[A-Z_]+\s*:\s*/g, ''],
  [/Load model from .*? failed:\s*/gs, ''],
  [/Non-zero status code returned while running/g, 'Failed while running'],
  [/\s*Name:''/g, ''],
  [/\.?\s*Status Message:\s*/g, ': '],
];

/**
 * The text of a runtime error as a client may see it: no path of the server, no C++ place, one
 * line, at most 500 characters. Of absolute paths the last part stays.
 */
export function cleanMessage(text: string): string {
  const reworded = wording.reduce(
    (rest, [pattern, by]) => rest.replace(pattern, by),
    withoutPlaces(text),
  );
  const cleaned = withoutPaths(reworded).replace(/\s+/g, ' ').trim();
  if (cleaned === '') return 'the runtime gave no reason';
  return cleaned.length <= maxLength ? cleaned : `${cleaned.slice(0, maxLength - 1)}…`;
}

function withoutPlaces(text: string): string {
  let done = '';
  let rest = text;
  for (;;) {
    const found = place.exec(rest);
    if (found === null) return done + rest;
    done += rest.slice(0, found.index);
    rest = withoutSignature(rest.slice(found.index + found[0].length));
  }
}

function withoutSignature(text: string): string {
  const start = signatureStart.exec(text);
  if (start === null) return text.replace(bareFunction, '');
  let depth = 1;
  let at = start[0].length;
  for (; at < text.length && depth > 0; at++) {
    if (text[at] === '(') depth++;
    if (text[at] === ')') depth--;
  }
  return text.slice(at).replace(/^\s*(?:const\s*)?(?:\[with[^\]]*\]\s*)?/, '');
}

function withoutPaths(text: string): string {
  return text
    .split(nodeNames)
    .map((piece, index) => (index % 2 === 1 ? piece : shortenPaths(piece)))
    .join('');
}

function shortenPaths(text: string): string {
  return text
    .replace(/(["'])(?:file:\/\/)?(?:\/|[A-Za-z]:\\)[^"']*?([^"'/\\]*)[/\\]?\1/g, '$1$2$1')
    .replace(
      /(^|[\s([=:])(?:file:\/\/)?(?:\/|[A-Za-z]:\\)(?:[^\s"'/\\]+[/\\])+([^\s"'/\\]*)/g,
      '$1$2',
    );
}
