export const maxNameBytes = 1024;
const maxStepBytes = 255;

/** Names that some file systems keep for themselves, with any ending. */
const devices = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;
/** Characters that cannot be seen, and what a text that was not UTF-8 is read as. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffd]/u;

/** What is wrong with the path of a file of an upload; undefined where it is right. */
export function faultOfName(name: string): string | undefined {
  const steps = name.split('/');
  const faults: readonly (readonly [boolean, string])[] = [
    [name === '', 'is empty'],
    [Buffer.byteLength(name) > maxNameBytes, `is longer than ${maxNameBytes} bytes`],
    [unseen.test(name), 'has characters that cannot be printed, or is not UTF-8'],
    [name.includes('\\'), 'has a backslash'],
    [name.startsWith('/') || /^[A-Za-z]:/.test(name), 'is absolute'],
    [steps.includes('..'), "leads out of its directory with '..'"],
    [steps.includes(''), 'has an empty step'],
    [steps.some((step) => Buffer.byteLength(step) > maxStepBytes), 'has a step that is too long'],
    [steps.some((step) => /[. ]$/.test(step)), 'has a step that ends in a dot or a space'],
    [steps.some((step) => devices.test(step)), 'is reserved on some systems'],
  ];
  return faults.find(([wrong]) => wrong)?.[1];
}

/** Names that are one and the same on some file systems, or one a directory of the other. */
export class TakenNames {
  readonly #files = new Set<string>();
  readonly #directories = new Set<string>();

  /** False where the name is taken. */
  add(name: string): boolean {
    const key = sameKey(name);
    const above = key.split('/').slice(0, -1);
    const directories = above.map((_, at) => above.slice(0, at + 1).join('/'));
    if (this.#files.has(key) || this.#directories.has(key)) return false;
    if (directories.some((directory) => this.#files.has(directory))) return false;
    this.#files.add(key);
    for (const directory of directories) this.#directories.add(directory);
    return true;
  }
}

/** Equal for names that some file systems take for the same. */
function sameKey(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
