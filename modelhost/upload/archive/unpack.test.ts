import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { pax, tar, zip, type TarPart, type ZipPart } from '../../../tests/support/archives';
import { temporaryDirectory } from '../../../tests/support/small-models';
import { createInbox } from '../inbox';
import { archiveKind, unpack } from './unpack';
import { tarBytes, writeTar } from './write-tar';

const limits = { maxBytes: 100_000, maxFiles: 20 };

describe('archives', () => {
  const root = temporaryDirectory();
  let count = 0;

  /** What comes out of an archive, by name; nothing is left where it was received. */
  async function unpacked(bytes: Uint8Array, within = limits): Promise<Record<string, string>> {
    const directory = path.join(root, String(++count));
    mkdirSync(directory);
    const discard = (): Promise<void> => {
      rmSync(directory, { recursive: true });
      return Promise.resolve();
    };
    const inbox = createInbox({ directory, discard }, within.maxFiles);
    const at = path.join(directory, 'archive');
    writeFileSync(at, bytes);
    try {
      const archive = { name: 'a', at, sha256: '', bytes: bytes.length };
      const kind = await archiveKind(at);
      if (kind === undefined) throw new Error('no archive');
      const files = await unpack(archive, kind, inbox, within);
      expect(readdirSync(directory)).toHaveLength(files.length);
      return Object.fromEntries(files.map((file) => [file.name, readFileSync(file.at, 'latin1')]));
    } finally {
      await inbox.discard();
      expect(readdirSync(root)).toEqual([]);
    }
  }

  const model = { name: 'model.onnx', data: 'the model' };
  const weights = { name: '1/weights/a.bin', data: 'w'.repeat(2000) };
  const both = { 'model.onnx': 'the model', '1/weights/a.bin': 'w'.repeat(2000) };

  test('zip, tar and tar.gz give their files', async () => {
    for (const made of [
      zip([model, weights]),
      zip([{ ...model, method: 0 }, { name: '1/', unixMode: 0o040755, method: 0 }, weights]),
      zip([model, weights], { comment: 'made by hand' }),
      tar([model, weights]),
      tar([{ name: './', type: '5' }, { ...model, name: './model.onnx' }, weights]),
      gzipSync(tar([model, weights])),
      Buffer.concat([gzipSync(tar([model], Buffer.alloc(0))), gzipSync(tar([weights]))]),
    ]) {
      expect(await unpacked(made)).toEqual(both);
    }
  });

  test('long names, in the form of pax and of GNU', async () => {
    const name = `${'long/'.repeat(40)}große.bin`;
    const long = { type: 'x', name: 'h', data: pax({ mtime: '1.5', path: name }) };
    const gnu = { type: 'L', name: '././@LongLink', data: `${name}\0` };
    const comment = { type: 'g', name: 'pax_global_header', data: pax({ comment: 'abc' }) };
    for (const made of [tar([comment, long, { ...model, name: 'cut' }]), tar([gnu, model])]) {
      expect(await unpacked(made)).toEqual({ [name]: 'the model' });
    }
  });

  test('no more is read of an archive whose names are too long', async () => {
    const named = (bytes: number): string => `${'x'.repeat(204)}/`.repeat(320).slice(0, bytes);
    const longest = zip([{ ...model, name: `./${named(1024)}` }]);
    expect(await unpacked(longest)).toEqual({ [named(1024)]: 'the model' });
    const broken = zip([{ ...model, name: named(65_534) }, model]);
    broken.writeUInt32LE(0, broken.lastIndexOf(Buffer.from('PK\x01\x02')));
    await expect(unpacked(broken)).rejects.toThrow(/has a name that is longer than 1024 bytes/);
  });

  test.each(['gnu', 'pax', 'ustar'])('what `tar --format=%s` writes', async (format) => {
    const folder = path.join(root, 'given');
    const name = `${'d'.repeat(90)}/${'e'.repeat(90)}/ü.bin`;
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), 'deep');
    writeFileSync(path.join(folder, 'model.onnx'), 'the model');
    const made = execFileSync('tar', ['-C', folder, `--format=${format}`, '-cz', '.']);
    rmSync(folder, { recursive: true });
    expect(await unpacked(made)).toEqual({ 'model.onnx': 'the model', [name]: 'deep' });
  });

  test('what is downloaded can be unpacked, here and by `tar`', async () => {
    const folder = path.join(root, 'given');
    mkdirSync(folder);
    const names = ['model.onnx', `${'long/'.repeat(30)}ü.bin`];
    const files = names.map((name, at) => {
      const file = { name, path: path.join(folder, String(at)), bytes: 1000 * at };
      writeFileSync(file.path, 'x'.repeat(file.bytes));
      return file;
    });
    const pieces: Buffer[] = [];
    for await (const piece of writeTar(files, 1e12)) pieces.push(piece);
    const made = Buffer.concat(pieces);
    expect(made).toHaveLength(tarBytes(files, 1e12));
    const listed = execFileSync('tar', ['-tf', '-'], { input: made, env: { LC_ALL: 'C.UTF-8' } });
    rmSync(folder, { recursive: true });
    expect(await unpacked(made)).toEqual({ [names[0]!]: '', [names[1]!]: 'x'.repeat(1000) });
    expect(listed.toString().trim().split('\n')).toHaveLength(2);
  });

  const evil = ['../x', '/etc/passwd', 'a/../../x', 'C:\\x', 'a\\..\\x', 'a\nb', 'nul.bin', 'a//b'];
  test.each(evil)('the name %j is refused', async (name) => {
    await expect(unpacked(tar([model, { name, data: 'x' }]))).rejects.toThrow(/has a name that/);
    await expect(unpacked(zip([model, { name, data: 'x' }]))).rejects.toThrow(/has a name that/);
    const long = { type: 'x', name: 'h', data: pax({ path: name }) };
    await expect(unpacked(tar([long, model]))).rejects.toThrow(/has a name that/);
  });

  test('names that are not UTF-8, or have a NUL', async () => {
    const names = [Buffer.from([0x61, 0xff]), Buffer.from('a\0b')];
    for (const name of names) {
      await expect(unpacked(zip([{ name, data: 'x' }]))).rejects.toThrow(/cannot be printed/);
    }
  });

  test.each([
    ['model.onnx', 'model.onnx'],
    ['model.onnx', 'MODEL.ONNX'],
    ['a', 'a/b'],
  ])('%s and %s are one too many', async (one, other) => {
    const parts = [one, other].map((name) => ({ name, data: 'x' }));
    await expect(unpacked(tar(parts))).rejects.toThrow(/there twice/);
    await expect(unpacked(zip(parts))).rejects.toThrow(/there twice/);
  });

  test.each<[string, TarPart[], RegExp]>([
    ['a symbolic link', [{ ...model, type: '2' }], /symbolic link; links are not taken/],
    ['a hard link', [{ ...model, type: '1' }], /hard link/],
    ['a device', [{ ...model, type: '3' }], /device/],
    ['a pipe', [{ ...model, type: '6' }], /named pipe/],
    ['a sparse file', [{ ...model, type: 'S' }], /sparse/],
    ['another kind', [{ ...model, type: 'V' }], /no file and no directory/],
    ['a wrong sum', [model, { ...model, name: 'b', sum: 1 }], /a header is wrong/],
    ['a negative size', [model, { name: 'b', size: -1 }], /no size/],
    ['a size beyond its end', [{ ...model, size: 90_000 }], /ends before its last file/],
    ['a size over the limit', [{ ...model, size: 200_000 }], /100000 bytes unpacked/],
    ['a directory with bytes', [{ name: 'a/', type: '5', data: 'x' }], /bytes of its own/],
    ['one name for all', [{ type: 'g', name: 'g', data: pax({ path: 'x' }) }, model], /for all/],
    ['a broken header', [{ type: 'x', name: 'x', data: '9999 path=x\n' }, model], /cannot be read/],
    [
      'headers in a row',
      [{ type: 'x', name: 'x', data: pax({ mtime: '1' }) }, { type: 'x', name: 'x' }, model],
      /two extended headers/,
    ],
    ['a huge header', [{ type: 'x', name: 'x', size: 1e8 }, model], /header of 100000000 bytes/],
    [
      'hidden sparseness',
      [{ type: 'x', name: 'x', data: pax({ 'GNU.sparse.major': '1' }) }, model],
      /sparse/,
    ],
    ['no files', [{ name: 'a/', type: '5' }], /has no files/],
    [
      'too many entries',
      Array.from({ length: 21 }, (_, at) => ({ name: `d${at}/`, type: '5' })),
      /20 entries/,
    ],
  ])('a tar with %s is refused', async (_what, parts, reason) => {
    await expect(unpacked(tar(parts))).rejects.toThrow(reason);
    await expect(unpacked(gzipSync(tar(parts)))).rejects.toThrow(reason);
  });

  test('a tar that is cut, goes on, or never ends', async () => {
    const whole = tar([model, weights]);
    await expect(unpacked(whole.subarray(0, 1000))).rejects.toThrow(/ends/);
    await expect(unpacked(tar([model], Buffer.alloc(0)))).rejects.toThrow(/mark its end/);
    await expect(unpacked(Buffer.concat([whole, whole]))).rejects.toThrow(/goes on behind its end/);
    const endless = gzipSync(tar([model], Buffer.alloc(50_000_000)));
    expect(endless.length).toBeLessThan(100_000);
    await expect(unpacked(endless)).rejects.toThrow(/goes on behind its end/);
    await expect(unpacked(gzipSync(whole).subarray(0, -9))).rejects.toThrow(/cannot be unpacked/);
    await expect(unpacked(gzipSync('no tar at all'))).rejects.toThrow(/ends|header is wrong/);
  });

  test('bombs are given up at the limit', async () => {
    const zeros = { name: 'zeros', data: Buffer.alloc(30_000_000) };
    for (const made of [zip([zeros]), gzipSync(tar([zeros]))]) {
      expect(made.length).toBeLessThan(100_000);
      const refused = unpacked(made);
      await expect(refused).rejects.toMatchObject({ code: 'too_large' });
      await expect(refused).rejects.toThrow(/100000 bytes unpacked \(UPLOAD_MAX_BYTES\)/);
    }
    const many = Array.from({ length: 11 }, (_, at) => ({
      name: `${at}`,
      data: Buffer.alloc(10_000),
    }));
    await expect(unpacked(zip(many))).rejects.toMatchObject({ code: 'too_large' });
    await expect(unpacked(tar(many))).rejects.toMatchObject({ code: 'too_large' });
    const header = { type: 'x', name: 'x', data: pax({ comment: 'c'.repeat(60_000) }) };
    const wide = [header, { name: 'a' }, header, { name: 'b' }];
    await expect(unpacked(gzipSync(tar(wide)))).rejects.toMatchObject({ code: 'too_large' });
  });

  test('entries of a zip that lie over one another', async () => {
    const inner = zip([model]);
    const nested = [
      { name: 'inner', data: inner, method: 0 },
      { ...model, offset: 35 },
    ];
    await expect(unpacked(zip(nested))).rejects.toThrow(/lies over another entry/);
    const same = [model, { ...model, name: 'b', offset: 0, local: { name: 'b' } }];
    await expect(unpacked(zip(same))).rejects.toThrow(/two ways|lies over/);
  });

  test.each<[string, ZipPart, RegExp]>([
    ['a symbolic link', { ...model, unixMode: 0o120777 }, /symbolic link; links are not taken/],
    ['a device', { ...model, unixMode: 0o020644 }, /no file and no directory/],
    ['encryption', { ...model, flags: 1 }, /encrypted/],
    ['another method', { ...model, method: 12 }, /method 12/],
    ['more bytes than it says', { ...model, bytes: 3 }, /bytes that the archive says/],
    ['fewer bytes than it says', { ...model, bytes: 300 }, /bytes that the archive says/],
    ['another sum', { ...model, crc: 1 }, /bytes that the archive says/],
    ['another name at its place', { ...model, local: { name: 'model.oxnn' } }, /two ways/],
    ['another size at its place', { ...model, local: { bytes: 1 } }, /two ways/],
    ['another method at its place', { ...model, local: { method: 0 } }, /two ways/],
    ['a place outside', { ...model, offset: 5000 }, /places outside/],
    ['a place that is none', { ...model, offset: 1 }, /not where the archive says/],
    ['more packed bytes', { ...model, packedBytes: 4000 }, /into the directory/],
    ['a size that is missing', { ...model, bytes: 0xffffffff }, /no size or place/],
    ['a directory with bytes', { name: 'a/', data: 'x' }, /two ways|bytes of its own/],
  ])('a zip with %s is refused', async (_what, part, reason) => {
    await expect(unpacked(zip([part]))).rejects.toThrow(reason);
  });

  test.each<[string, Buffer, RegExp]>([
    ['parts', zip([model], { disk: 1 }), /several parts/],
    ['something behind it', zip([model], { behind: Buffer.from('more') }), /no directory/],
    ['too many entries', zip([model], { entries: 21 }), /20 entries/],
    ['fewer entries', zip([model, weights], { entries: 1 }), /another length/],
    ['more entries', zip([model], { entries: 3 }), /outside/],
    ['its end missing', zip([model, weights]).subarray(0, -30), /no directory/],
    ['nothing in it', zip([]), /no files/],
  ])('a zip with %s is refused', async (_what, made, reason) => {
    await expect(unpacked(made)).rejects.toThrow(reason);
  });

  test('a zip whose packed bytes are none', async () => {
    const made = zip([{ ...model, method: 0, data: randomBytes(100) }]);
    made.writeUInt16LE(8, 8);
    made.writeUInt16LE(8, made.readUInt32LE(made.length - 6) + 10);
    await expect(unpacked(made)).rejects.toThrow(/cannot be unpacked|the archive says/);
  });

  test('whatever is changed in an archive, it is read or refused, and nothing is left', async () => {
    const parts = [model, weights, { name: 'd/', type: '5', unixMode: 0o040755, method: 0 }];
    const made = [zip(parts), tar(parts), gzipSync(tar(parts))];
    const change = fc.tuple(fc.nat(), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(
        fc.nat(2),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        async (which, changes) => {
          const bytes = Buffer.from(made[which]!);
          for (const [at, value] of changes) bytes[4 + (at % (bytes.length - 4))] = value;
          await unpacked(bytes).catch((error: unknown) => {
            expect((error as Error).message).toMatch(/^(The|An) [aA]rchive|^An upload|no archive/);
          });
        },
      ),
      { numRuns: 300 },
    );
  });
});
