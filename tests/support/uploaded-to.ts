import { affinity } from '../../serving/dispatch/affinity';

/** A name that begins so, of a model whose uploads go to the first of these hosts. */
export function uploadedTo(prefix: string, [wanted = '', ...others]: readonly string[]): string {
  for (let number = 1; ; number += 1) {
    const name = `${prefix}-${number}`;
    const least = affinity(wanted, name);
    if (others.every((host) => affinity(host, name) < least)) return name;
  }
}
