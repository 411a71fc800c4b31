import { crc32, deflateRawSync } from 'node:zlib';

/** An entry of a made-up tar archive; what is not said is as it should be. */
export interface TarPart {
  readonly name: string;
  readonly data?: Uint8Array | string;
  /** One character: 0 is a file. */
  readonly type?: string;
  /** What the header says, whatever the data is. */
  readonly size?: number;
  readonly sum?: number;
  readonly magic?: string;
}

/** A tar archive, ended as it should be unless `end` says otherwise. */
export function tar(parts: readonly TarPart[], end: Uint8Array = Buffer.alloc(1024)): Buffer {
  return Buffer.concat([...parts.flatMap(tarPart), end]);
}

function tarPart({
  name,
  data = '',
  type = '0',
  size,
  sum,
  magic = 'ustar\x0000',
}: TarPart): Buffer[] {
  const bytes = Buffer.from(data as string);
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write(`0000644\x000000000\x000000000\0`, 100);
  header.write(
    `${(size ?? bytes.length).toString(8).padStart(11, '0')}\x0000000000000\0        `,
    124,
  );
  header.write(type, 156);
  header.write(magic, 257);
  const all = header.reduce((total, byte) => total + byte, 0);
  header.write(`${(sum ?? all).toString(8).padStart(6, '0')}\0 `, 148);
  return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
}

/** The text of a pax header. */
export function pax(records: Readonly<Record<string, string>>): string {
  return Object.entries(records)
    .map(([key, value]) => {
      const rest = ` ${key}=${value}\n`;
      const bytes = Buffer.byteLength(rest);
      let length = bytes;
      while (length !== bytes + String(length).length) length = bytes + String(length).length;
      return `${length}${rest}`;
    })
    .join('');
}

/** An entry of a made-up zip archive; what is not said is as it should be. */
export interface ZipPart {
  readonly name: string | Buffer;
  readonly data?: Uint8Array | string;
  readonly method?: number;
  readonly flags?: number;
  readonly unixMode?: number;
  /** What the directory says. */
  readonly bytes?: number;
  readonly packedBytes?: number;
  readonly crc?: number;
  readonly offset?: number;
  /** What stands before the data. */
  readonly local?: { readonly name?: string; readonly bytes?: number; readonly method?: number };
}

export interface ZipEnd {
  readonly entries?: number;
  readonly disk?: number;
  readonly before?: Uint8Array;
  readonly behind?: Uint8Array;
  readonly comment?: string;
}

export function zip(parts: readonly ZipPart[], end: ZipEnd = {}): Buffer {
  const { before = Buffer.alloc(0), behind = Buffer.alloc(0), comment = '' } = end;
  const bodies: Buffer[] = [Buffer.from(before)];
  const records: Buffer[] = [];
  let at = before.length;
  for (const part of parts) {
    const { local, record } = zipPart(part, at);
    bodies.push(local);
    records.push(record);
    at += local.length;
  }
  const directory = Buffer.concat(records);
  const last = Buffer.alloc(22);
  last.writeUInt32LE(0x06054b50, 0);
  last.writeUInt16LE(end.disk ?? 0, 4);
  last.writeUInt16LE(end.entries ?? parts.length, 8);
  last.writeUInt16LE(end.entries ?? parts.length, 10);
  last.writeUInt32LE(directory.length, 12);
  last.writeUInt32LE(at, 16);
  last.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...bodies, directory, last, Buffer.from(comment), behind]);
}

function zipPart(part: ZipPart, at: number): { readonly local: Buffer; readonly record: Buffer } {
  const { local: said = {}, unixMode = 0o100644, offset = at, method = 8 } = part;
  const name = Buffer.from(part.name as string);
  const data = Buffer.from(textOf(part));
  const packed = method === 8 ? deflateRawSync(data) : data;
  const { bytes = data.length } = part;
  const { name: own = name, bytes: ownBytes = bytes, method: ownMethod = method } = said;
  const head = (type: number, size: number): Buffer =>
    zipHead(
      { packedBytes: packed.length, crc: crc32(data), ...part, method: type, bytes: size },
      name,
    );
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE((unixMode << 16) >>> 0, 6);
  rest.writeUInt32LE(offset, 10);
  const before = head(ownMethod, ownBytes);
  const made = Buffer.from([0x14, 3, 20, 0]);
  return {
    local: Buffer.concat([
      word(0x04034b50),
      Buffer.from([20, 0]),
      before,
      Buffer.from(own),
      packed,
    ]),
    record: Buffer.concat([word(0x02014b50), made, head(method, bytes), rest, name]),
  };
}

function textOf({ data = '' }: ZipPart): string {
  return data as string;
}

function word(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

type ZipHead = Required<Pick<ZipPart, 'method' | 'packedBytes' | 'bytes' | 'crc'>>;

/** What stands in the directory and before the data, from the flags to the lengths of the name. */
function zipHead(of: ZipHead & Pick<ZipPart, 'flags'>, name: Buffer): Buffer {
  const buffer = Buffer.alloc(24);
  buffer.writeUInt16LE(of.flags ?? 0, 0);
  buffer.writeUInt16LE(of.method, 2);
  buffer.writeUInt32LE(of.crc, 8);
  buffer.writeUInt32LE(of.packedBytes, 12);
  buffer.writeUInt32LE(of.bytes, 16);
  buffer.writeUInt16LE(name.length, 20);
  return buffer;
}
