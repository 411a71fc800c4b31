import type { errorCodes } from './error-codes';

export type FaultCode = (typeof errorCodes)[keyof typeof errorCodes];

/** A rule that the caller has broken so that the whole connection has to end: RFC 9113, 5.4.1. */
export class ConnectionFault extends Error {
  readonly code: FaultCode;

  constructor(code: FaultCode, reason: string) {
    super(reason);
    this.code = code;
  }
}
