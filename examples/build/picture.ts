import { crc32, deflateSync } from 'node:zlib';

const side = 8;
const zoom = 8;

/** A row of digits.csv as a grey PNG of 64x64 pixels, ink bright on black. */
export function digitPicture(pixels: readonly number[]): Buffer {
  const edge = side * zoom;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(edge, 0);
  header.writeUInt32BE(edge, 4);
  header[8] = 8;
  const lines = Buffer.alloc(edge * (edge + 1));
  for (let row = 0; row < edge; row++) {
    for (let column = 0; column < edge; column++) {
      const ink = pixels[Math.floor(row / zoom) * side + Math.floor(column / zoom)] ?? 0;
      lines[row * (edge + 1) + 1 + column] = Math.round((ink * 255) / 16);
    }
  }
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    // Stored, not packed: how zlib packs differs between versions of Node.
    chunk('IDAT', deflateSync(lines, { level: 0 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, check]);
}
