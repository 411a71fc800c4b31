/** What one HTTP/2 server puts up with. Bytes, milliseconds and numbers of things. */
export interface Http2Limits {
  /** Streams that a caller may have open at the same time on one connection. */
  readonly maxStreams: number;
  /** All names and values of the headers of one request, with 32 bytes for each as RFC 9113, 6.5.2 counts them. */
  readonly maxHeaderBytes: number;
  /** Headers of one request. */
  readonly maxHeaderCount: number;
  /** CONTINUATION frames after one HEADERS frame. */
  readonly maxContinuations: number;
  /** What a caller may send on one stream before somebody has taken it. */
  readonly streamWindowBytes: number;
  /** The same, on all streams of one connection. */
  readonly connectionWindowBytes: number;
  /** Largest frame that may be sent to this server. */
  readonly maxFrameBytes: number;
  /** Resets, by the caller or for its faults, that may come at once; answered streams earn them back. */
  readonly resetBurst: number;
  readonly resetsPerSecond: number;
  /** Frames that carry nothing (PING, SETTINGS, empty DATA, ...) that may come at once. */
  readonly idleFrameBurst: number;
  readonly idleFramesPerSecond: number;
  /** Bytes that wait for a caller on its socket before its answers and what it sends have to wait. */
  readonly unsentBytes: number;
  /** For the headers of a request, once they have begun, and for the preface of a connection. */
  readonly headersMs: number;
  /** For a body that is gathered to arrive; whoever takes one in parts has to see to that. */
  readonly bodyMs: number;
  /** For a caller to take more of what waits for it. */
  readonly sendMs: number;
  /** For a connection without streams. */
  readonly idleMs: number;
}

export const defaultHttp2Limits: Http2Limits = {
  maxStreams: 256,
  maxHeaderBytes: 16 * 1024,
  maxHeaderCount: 128,
  maxContinuations: 8,
  streamWindowBytes: 1024 * 1024,
  connectionWindowBytes: 16 * 1024 * 1024,
  maxFrameBytes: 16 * 1024,
  resetBurst: 1000,
  resetsPerSecond: 100,
  idleFrameBurst: 2000,
  idleFramesPerSecond: 500,
  unsentBytes: 1024 * 1024,
  headersMs: 15_000,
  bodyMs: 30_000,
  sendMs: 60_000,
  idleMs: 75_000,
};
