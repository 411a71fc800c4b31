import { bytesOf, comparable, numpyFile, tensorOf } from '../../tests/support/content';
import { servable, spec } from '../../tests/support/servables';
import type { Datatype } from '../datatype';
import type { Dimension } from '../signature';
import { npy } from './npy';
import { npz } from './npz';
import { writeZip } from './zip';

function read(file: string | Buffer, datatype: Datatype, shape: Dimension[] | null) {
  const body = typeof file === 'string' ? numpyFile(file) : file;
  const [tensor] = npy.read(body, servable([spec('x', shape, datatype)], []), new Map());
  return comparable(tensor!);
}

const values = [1.5, -2, 0.25, 0.1, 65504, -0];

describe('arrays that NumPy has saved', () => {
  it.each(['float32', 'float32-2.0', 'float32-3.0', 'float64', 'columns-first'])(
    '%s is the same FP32 input',
    (file) => {
      expect(read(file, 'FP32', [null, 3])).toEqual(
        comparable(tensorOf('x', 'FP32', [2, 3], values)),
      );
    },
  );

  it('halves are read as halves and as floats', () => {
    const rounded = values.map((value) => (value === 0.1 ? 0.0999755859375 : value));
    for (const datatype of ['FP16', 'FP32'] as const) {
      expect(read('float16', datatype, [null, 3])).toEqual(
        comparable(tensorOf('x', datatype, [2, 3], rounded)),
      );
    }
  });

  it('columns first, of three dimensions', () => {
    const counted = Array.from({ length: 24 }, (_, at) => at);
    expect(read('columns-first-3d', 'FP32', [null, 3, 4])).toEqual(
      comparable(tensorOf('x', 'FP32', [2, 3, 4], counted)),
    );
  });

  it('axes of one element cost nothing where columns are first', () => {
    const columnsFirst = (shape: string, bytes: readonly number[]) => {
      const text = `{'descr': '|u1', 'fortran_order': True, 'shape': (${shape})}`.padEnd(200);
      const head = Buffer.from('\x93NUMPY\x01\x00\xc8\x00', 'latin1');
      return Buffer.concat([head, Buffer.from(text), Buffer.from(bytes)]);
    };
    const one = columnsFirst(`4${', 1'.repeat(31)}`, [1, 2, 3, 4]);
    const any = servable([spec('x', null, 'UINT8')], []);
    const [tensor] = npy.read(one, any, new Map());
    // Not reordered: it lies in the body still.
    expect(tensor?.data.buffer).toBe(one.buffer);
    expect(read(columnsFirst('2, 1, 3, 1', [1, 2, 3, 4, 5, 6]), 'UINT8', null)).toEqual(
      comparable(tensorOf('x', 'UINT8', [2, 1, 3, 1], [1, 3, 5, 2, 4, 6])),
    );
  });

  it('integers beyond 2^53 stay exact', () => {
    expect(read('int64', 'INT64', [null, 2])).toEqual(
      comparable(tensorOf('x', 'INT64', [1, 2], [9007199254740993n, -(2n ** 63n)])),
    );
    expect(read('uint64', 'UINT64', [null])).toEqual(
      comparable(tensorOf('x', 'UINT64', [1], [2n ** 64n - 1n])),
    );
  });

  it('integers become what the model takes, where they fit', () => {
    expect(read('one-row', 'INT8', [null, 3])).toEqual(
      comparable(tensorOf('x', 'INT8', [1, 3], [1, 2, 3])),
    );
    expect(read('one-row', 'FP32', [null, 3])).toEqual(
      comparable(tensorOf('x', 'FP32', [1, 3], [1, 2, 3])),
    );
    expect(() => read('int64', 'INT32', [null, 2])).toThrow(/an integer from -2147483648/);
    expect(() => read('float64', 'INT32', [null, 3])).toThrow(/must be an integer/);
  });

  it('truth is 1 and 0 for numbers', () => {
    expect(read('bool', 'BOOL', [null])).toEqual(
      comparable(tensorOf('x', 'BOOL', [3], [true, false, true])),
    );
    expect(read('bool', 'FP32', [null])).toEqual(comparable(tensorOf('x', 'FP32', [3], [1, 0, 1])));
  });

  it('what is not finite, scalars, and arrays without elements', () => {
    expect(read('words', 'FP32', [null])).toMatchObject({ data: '0000c07f0000807f000080ff' });
    expect(read('scalar', 'FP32', [])).toMatchObject({ shape: [], data: '00002040' });
    expect(read('empty', 'FP32', [null, 3])).toMatchObject({ shape: [0, 3], data: '' });
  });

  it.each([
    ['big-endian', /little-endian/],
    ['strings', /dtype "<U2" cannot be read: strings/],
  ])('%s is refused', (file, reason) => {
    expect(() => read(file, 'FP32', [null, 3])).toThrow(reason);
  });

  it('any array that is cut short is refused', () => {
    const whole = numpyFile('float32');
    for (let end = 0; end < whole.length; end++) {
      expect(() => read(whole.subarray(0, end), 'FP32', [null, 3])).toThrow(/NumPy array/);
    }
  });

  it.each([4, 6, 200, 255])(
    'a header with byte %d is refused or read, and throws nothing else',
    (byte) => {
      for (let at = 0; at < 128; at++) {
        const file = Buffer.from(numpyFile('float32'));
        file[at] = byte;
        try {
          read(file, 'FP32', [null, 3]);
        } catch (error) {
          expect(error).toMatchObject({ name: 'ShoalError' });
        }
      }
    },
  );

  it('is written as NumPy writes it', () => {
    const tensor = tensorOf('x', 'FP32', [2, 3], values);
    expect(bytesOf(npy.write([tensor]).body)).toEqual(numpyFile('float32'));
  });
});

describe('archives that NumPy has saved', () => {
  const two = (columns: number) =>
    servable([spec('A', [null, columns], 'INT32'), spec('B', [null, columns], 'INT32')], []);

  it('arrays go to inputs by name', () => {
    expect(npz.read(numpyFile('npz'), two(2), new Map()).map(comparable)).toEqual([
      comparable(tensorOf('A', 'INT32', [1, 2], [1, 2])),
      comparable(tensorOf('B', 'INT32', [1, 2], [3, 4])),
    ]);
  });

  it('packed ones too', () => {
    const [a, b] = npz.read(numpyFile('npz-packed'), two(64), new Map());
    expect([a!.data[0], b!.data[0]]).toEqual([0, 1]);
  });

  it('the only array needs no name', () => {
    const one = servable([spec('x', [null, 3])], []);
    expect(npz.read(numpyFile('npz-unnamed'), one, new Map()).map(comparable)).toEqual([
      comparable(tensorOf('x', 'FP32', [2, 3], values)),
    ]);
  });

  it('other names are refused', () => {
    const other = servable([spec('x', [null, 3])], []);
    expect(() => npz.read(numpyFile('npz'), other, new Map())).toThrow(/wanted arrays.*"x".*"A"/);
  });

  /** An archive of one stored file whose directory says something else of its size or bytes. */
  const archive = (name: string, change: (body: Buffer, entry: number) => void) => {
    const body = writeZip([{ name: `${name}.npy`, bytes: numpyFile('float32') }]);
    change(body, body.indexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02])));
    return () => npz.read(body, servable([spec('x', [null, 3])], []), new Map());
  };

  it('nothing is unpacked where the names are not those of the inputs', () => {
    const wrongSum = (body: Buffer, entry: number) => body.fill(7, entry + 16, entry + 20);
    expect(archive('x', wrongSum)).toThrow(/checksum/);
    expect(archive('y', wrongSum)).toThrow(/wanted arrays of the names "x", got "y"/);
  });

  it('more than 64 MiB are not unpacked', () => {
    const sized = (bytes: number) => (body: Buffer, entry: number) => {
      body.writeUInt16LE(8, entry + 10);
      body.writeUInt32LE(bytes, entry + 24);
    };
    expect(archive('x', sized(2 ** 26))).toThrow(/has not the length/);
    expect(archive('x', sized(2 ** 26 + 1))).toThrow(/unpacks to over 67108864 bytes/);
  });

  it.each(['npz', 'npz-packed'])(
    '%s with any byte changed throws errors for clients only',
    (name) => {
      const whole = numpyFile(name);
      for (let at = 0; at < whole.length; at++) {
        for (const byte of [0, 255]) {
          const file = Buffer.from(whole);
          file[at] = byte;
          try {
            npz.read(file, two(2), new Map());
          } catch (error) {
            expect(error).toMatchObject({ name: 'ShoalError' });
          }
        }
      }
    },
  );
});
