import { huffmanCodes } from './huffman-code';
import { huffmanDecode } from './huffman';

const decoded = (hex: string): string | undefined => {
  const bytes = Buffer.from(`00${hex}00`, 'hex');
  return huffmanDecode(bytes, 1, bytes.length - 1);
};

/** What the codes say, bit by bit. */
function encode(text: string): Buffer {
  const codes = new Map(huffmanCodes().map((code) => [code.symbol, code]));
  let bits = '';
  for (const byte of Buffer.from(text, 'latin1')) {
    const { code, bits: length } = codes.get(byte)!;
    bits += code.toString(2).padStart(length, '0');
  }
  bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

describe('the code of RFC 7541, appendix B', () => {
  it('has the codes that stand there', () => {
    const codes = new Map(huffmanCodes().map((code) => [code.symbol, code]));
    const told = (symbol: number): string => {
      const { code, bits } = codes.get(symbol)!;
      return `${code.toString(16)} [${bits}]`;
    };
    expect([0, 10, 32, 48, 97, 122, 195, 255, 256].map(told)).toEqual([
      '1ff8 [13]',
      '3ffffffc [30]',
      '14 [6]',
      '0 [5]',
      '3 [5]',
      '7b [7]',
      '7fff1 [19]',
      '3ffffee [26]',
      '3fffffff [30]',
    ]);
    expect(codes.size).toBe(257);
  });

  it('leaves no bit pattern without a meaning', () => {
    expect(huffmanCodes().reduce((sum, { bits }) => sum + 2 ** -bits, 0)).toBe(1);
  });
});

describe('huffmanDecode', () => {
  it.each([
    ['f1e3c2e5f23a6ba0ab90f4ff', 'www.example.com'],
    ['a8eb10649cbf', 'no-cache'],
    ['25a849e95ba97d7f', 'custom-key'],
    ['25a849e95bb8e8b4bf', 'custom-value'],
    ['d07abe941054d444a8200595040b8166e082a62d1bff', 'Mon, 21 Oct 2013 20:13:21 GMT'],
    ['9d29ad171863c78f0b97c8e9ae82ae43d3', 'https://www.example.com'],
    ['640eff', '307'],
    ['', ''],
  ])('%s is %s: RFC 7541, C.4 and C.6', (hex, text) => {
    expect(decoded(hex)).toBe(text);
  });

  it('reads every byte, behind every other', () => {
    const all = String.fromCharCode(...Array(256).keys());
    for (const first of all) {
      const text = first + all;
      const bytes = encode(text);
      expect(huffmanDecode(bytes, 0, bytes.length)).toBe(text);
    }
  });

  it('takes any length', () => {
    const text = 'a0'.repeat(20_000);
    const bytes = encode(text);
    expect(huffmanDecode(bytes, 0, bytes.length)).toBe(text);
  });

  it.each([
    ['8 bits of padding', '1fff'],
    ['padding of zeros', '18'],
    ['the end of the string as a symbol', 'ffffffff'],
    ['a code that breaks off', 'fffffe'],
  ])('refuses %s', (_, hex) => {
    expect(decoded(hex)).toBeUndefined();
  });
});
