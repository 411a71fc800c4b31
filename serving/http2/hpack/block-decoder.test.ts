import { BlockDecoder } from './block-decoder';

const limits = { maxHeaderBytes: 16_384, maxHeaderCount: 100 };

function read(decoder: BlockDecoder, hex: string): string[] | 'too large' {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const { fields, tooLarge } = decoder.decode(bytes, 0, bytes.length);
  return tooLarge ? 'too large' : fields.map(({ name, value }) => `${name}: ${value}`);
}

const read1 = (hex: string): string[] | 'too large' => read(new BlockDecoder(limits), hex);

describe('single fields: RFC 7541, C.2', () => {
  it.each([
    ['400a637573746f6d2d6b65790d637573746f6d2d686561646572', 'custom-key: custom-header'],
    ['040c2f73616d706c652f70617468', ':path: /sample/path'],
    ['100870617373776f726406736563726574', 'password: secret'],
    ['82', ':method: GET'],
  ])('%s is %s', (hex, field) => {
    expect(read1(hex)).toEqual([field]);
  });
});

/** The same three requests, and what each says. */
const requests = [
  [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'],
  [
    ':method: GET',
    ':scheme: http',
    ':path: /',
    ':authority: www.example.com',
    'cache-control: no-cache',
  ],
  [
    ':method: GET',
    ':scheme: https',
    ':path: /index.html',
    ':authority: www.example.com',
    'custom-key: custom-value',
  ],
];

describe('blocks behind one another: RFC 7541, C.3 and C.4', () => {
  it.each([
    [
      'plain',
      [
        '828684410f7777772e6578616d706c652e636f6d',
        '828684be58086e6f2d6361636865',
        '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565',
      ],
    ],
    [
      'in the Huffman code',
      [
        '828684418cf1e3c2e5f23a6ba0ab90f4ff',
        '828684be5886a8eb10649cbf',
        '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf',
      ],
    ],
  ])('%s', (_, blocks) => {
    const decoder = new BlockDecoder(limits);
    expect(blocks.map((block) => read(decoder, block))).toEqual(requests);
  });
});

describe('a table that is too small for all: RFC 7541, C.6', () => {
  it('forgets the oldest', () => {
    const decoder = new BlockDecoder(limits);
    const blocks = [
      // 256 bytes of table, which the example takes for agreed.
      '3fe101 488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3',
      '4883640effc1c0bf',
      '88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007',
    ];
    const date = 'date: Mon, 21 Oct 2013 20:13:21 GMT';
    const location = 'location: https://www.example.com';
    expect(blocks.map((block) => read(decoder, block))).toEqual([
      [':status: 302', 'cache-control: private', date, location],
      [':status: 307', 'cache-control: private', date, location],
      [
        ':status: 200',
        'cache-control: private',
        'date: Mon, 21 Oct 2013 20:13:22 GMT',
        location,
        'content-encoding: gzip',
        'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
      ],
    ]);
    expect(() => read(decoder, 'c1')).toThrow('index 65 of no entry');
  });

  it('keeps nothing of what is larger than it', () => {
    const decoder = new BlockDecoder(limits);
    expect(read(decoder, '3f01 4001610162')).toContain('a: b');
    expect(() => read(decoder, 'be')).toThrow('index 62');
  });

  it('stays right over thousands of entries', () => {
    const decoder = new BlockDecoder(limits);
    for (let n = 0; n < 5000; n += 1) {
      const value = Buffer.from(String(n).padStart(4, '0')).toString('hex');
      read(decoder, `40016104${value}`);
      if (n > 0) expect(read(decoder, 'be bf')).toEqual([`a: ${pad(n)}`, `a: ${pad(n - 1)}`]);
    }
  });
});

const pad = (n: number): string => String(n).padStart(4, '0');

describe('blocks that are broken', () => {
  it.each([
    ['index 0', '80', 'index 0'],
    ['an index behind the table', 'be', 'index 62'],
    ['a name behind the table', '7e0161', 'index 62'],
    ['a string that breaks off', '4005616263', 'breaks off'],
    ['a value that is missing', '400161', 'breaks off'],
    ['a number that breaks off', 'ff', 'breaks off'],
    ['a number of many bytes', 'ffffffffffffffffff01', 'too large'],
    ['a number of many bytes that add nothing', `ff${'80'.repeat(30)}01`, 'too large'],
    ['a table that is too large', '3fe21f', 'over the limit'],
    ['a change of the table size at the end', '8220', 'behind a header'],
    ['a string that is not in the Huffman code', '40016181ff', 'Huffman'],
  ])('%s', (_, hex, message) => {
    expect(() => read1(hex)).toThrow(message);
  });

  it('may change the size of the table at the start, twice', () => {
    expect(read1('203fe11f82')).toEqual([':method: GET']);
  });
});

describe('limits', () => {
  // Each field counts 34 bytes.
  const small = { maxHeaderBytes: 102, maxHeaderCount: 3 };

  it.each([
    ['three fields', 'bebebe', 3],
    ['four fields, which are over both', 'bebebebe', undefined],
    ['many fields from few bytes', 'be'.repeat(10_000), undefined],
  ])('%s', (_, hex, count) => {
    for (const limit of [
      { ...small, maxHeaderCount: 100 },
      { ...small, maxHeaderBytes: 10_000_000 },
    ]) {
      const decoder = new BlockDecoder(limit);
      read(decoder, '4001610162');
      const fields = read(decoder, hex);
      if (count === undefined) expect(fields).toBe('too large');
      else expect(fields).toHaveLength(count);
    }
  });

  it('leave the table as the caller believes it to be', () => {
    const decoder = new BlockDecoder(small);
    expect(read(decoder, `${'82'.repeat(4)}4001610162`)).toBe('too large');
    expect(read(decoder, 'be')).toEqual(['a: b']);
  });
});
