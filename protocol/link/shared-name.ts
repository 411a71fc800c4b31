/** Where files live that are memory; only Linux has it. */
export const sharedDirectory = '/dev/shm';

/** Our own files begin so. */
const ownPrefix = 'shoal-';

/**
 * True for a name that a client may have given to an object of its own: one directly in that
 * directory, and none of ours.
 */
export function isClientsName(name: string): boolean {
  if (name === '' || name === '.' || name === '..' || Buffer.byteLength(name) > 255) return false;
  return !/[/\0]/.test(name) && !name.startsWith(ownPrefix);
}

/** True for the name of a file that a link offers; anything else must not be opened. */
export function isSharedName(name: string): boolean {
  return /^shoal-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name);
}
