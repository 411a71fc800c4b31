/** Where files live that are memory; only Linux has it. */
export const sharedDirectory = '/dev/shm';

/** True for the name of a file that a link offers; anything else must not be opened. */
export function isSharedName(name: string): boolean {
  return /^shoal-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name);
}
