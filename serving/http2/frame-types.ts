/** RFC 9113, section 6. */
export const frameTypes = {
  data: 0x0,
  headers: 0x1,
  priority: 0x2,
  rstStream: 0x3,
  settings: 0x4,
  pushPromise: 0x5,
  ping: 0x6,
  goaway: 0x7,
  windowUpdate: 0x8,
  continuation: 0x9,
} as const;

export const frameFlags = {
  endStream: 0x1,
  ack: 0x1,
  endHeaders: 0x4,
  padded: 0x8,
  priority: 0x20,
} as const;

export const frameHeaderBytes = 9;

/** The largest frame that everybody has to take: RFC 9113, 4.2. */
export const leastMaxFrameBytes = 16_384;

export const mostFrameBytes = 2 ** 24 - 1;

/** RFC 9113, 6.9.1. */
export const mostWindow = 2 ** 31 - 1;

/** The windows before anybody has said anything: RFC 9113, 6.9.2. */
export const firstWindow = 65_535;

export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
