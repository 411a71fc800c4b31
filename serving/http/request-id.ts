import { randomBytes } from 'node:crypto';

const acceptable = /^[\x21-\x7e]{1,128}$/;

/** Takes over an acceptable `x-request-id` or makes an id that no other process makes. */
export function createRequestIds(): (given: string | undefined) => string {
  const prefix = `${randomBytes(6).toString('hex')}-`;
  let made = 0;
  return (given) => {
    if (given !== undefined && acceptable.test(given)) return given;
    made += 1;
    return prefix + made.toString(36);
  };
}
