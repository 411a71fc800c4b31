import fc from 'fast-check';
import { clientAddress, parseProxies } from './client-address';

const trusted = parseProxies('loopback, 10.0.0.0/8, 2001:db8::/32');

describe('client address', () => {
  it.each([
    ['nobody in between', '198.51.100.7', undefined, '198.51.100.7'],
    ['an untrusted peer says what it likes', '198.51.100.7', '1.2.3.4', '198.51.100.7'],
    ['one proxy', '127.0.0.1', '198.51.100.7', '198.51.100.7'],
    ['two proxies', '10.0.0.1', '198.51.100.7, 10.9.9.9', '198.51.100.7'],
    ['a forged entry in front', '10.0.0.1', '6.6.6.6, 198.51.100.7, 10.9.9.9', '198.51.100.7'],
    ['proxies only', '10.0.0.1', '10.0.0.2, 10.0.0.3', '10.0.0.2'],
    ['IPv4 in IPv6', '::ffff:10.0.0.1', '::ffff:198.51.100.7', '198.51.100.7'],
    ['IPv6 with brackets, port and zone', '2001:db8::1', '[2001:db9::7]:443', '2001:db9::7'],
    ['IPv4 with a port', '10.0.0.1', '198.51.100.7:5555', '198.51.100.7'],
    ['rubbish', '10.0.0.1', 'unknown', '10.0.0.1'],
    ['rubbish in front', '10.0.0.1', 'unknown, 198.51.100.7', '198.51.100.7'],
    ['nothing', '10.0.0.1', '', '10.0.0.1'],
  ])('%s', (_what, peer, header, expected) => {
    expect(clientAddress(peer, header, trusted)).toBe(expected);
  });

  it('never depends on what stands left of the rightmost untrusted address', () => {
    const untrusted = fc.ipV4().filter((ip) => !/^(10|127)\./.test(ip));
    const proxies = fc.array(
      fc.nat(255).map((n) => `10.0.0.${n}`),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(fc.string(), untrusted, proxies, (forged, client, hops) => {
        const header = [forged, client, ...hops].join(', ');
        expect(clientAddress('127.0.0.1', header, trusted)).toBe(client);
        expect(clientAddress(client, header, trusted)).toBe(client);
      }),
    );
  });

  it('is an address or the peer, whatever the header', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        expect(clientAddress('10.0.0.1', header, trusted)).toMatch(/^[0-9a-f.:]+$/i);
      }),
    );
  });

  it.each(['10.0.0.0/33', '10.0.0/8', '::/129', '10.0.0.0/8/8', 'example.org', '10.0.0.0/x'])(
    'does not take %s for a network',
    (text) => {
      expect(() => parseProxies(text)).toThrow('wanted addresses');
    },
  );
});
