/**
 * A host knows a newer generation of the model than the one the request was resolved with.
 * Nothing has run; resolving again and sending again is always safe.
 */
export class StaleServable extends Error {
  constructor(model: string) {
    super(`model '${model}' has changed since the request was resolved`);
    this.name = 'StaleServable';
  }
}
