/**
 * Thrown where bytes are not in the usual form, so that the general readers have to look at them:
 * they may still be right. One object, because throwing a new one costs ten times as much.
 */
export const notPlain = new Error('not in the usual form');
