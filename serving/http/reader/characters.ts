/** Bytes with a meaning in a request's head. */
export const tab = 9;
export const lf = 10;
export const cr = 13;
export const space = 32;
export const slash = 47;
export const colon = 58;

/** A table with one entry per byte, 1 where `test` says yes. */
function table(test: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (test(byte) ? 1 : 0));
}

/** What methods and header names are made of. */
export const tokenBytes = table((byte) =>
  /[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(String.fromCharCode(byte)),
);

/** What may stand around header values. */
export const blankBytes = table((byte) => byte === tab || byte === space);

/** What header values are made of. */
export const valueBytes = table((byte) => byte === tab || (byte >= space && byte !== 127));

/** What a request target may have at all: anything but blanks and control characters. */
export const targetBytes = table((byte) => byte > space && byte !== 127);

/** What every reader of paths reads alike: printable ASCII without # and backslash. */
export const plainTargetBytes = table(
  (byte) => byte > space && byte < 127 && byte !== 35 && byte !== 92,
);
