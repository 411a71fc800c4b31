import { parseProxies } from '../http/client-address';
import { parseTokens } from '../http/tokens';
import { createClientNames, networkOf } from './client-name';

const proxies = parseProxies('loopback, 10.0.0.0/8');

function caller(peer: string, headers: Readonly<Record<string, string>> = {}) {
  return { peer, header: (name: string) => headers[name] };
}

function forwarded(peer: string, list: string) {
  return caller(peer, { 'x-forwarded-for': list });
}

describe('without tokens a client is its address', () => {
  const nameOf = createClientNames([], proxies);

  test('behind a trusted proxy the forwarded one', () => {
    expect(nameOf(forwarded('127.0.0.1', '203.0.113.7'))).toBe('203.0.113.7');
    expect(nameOf(forwarded('::ffff:127.0.0.1', '203.0.113.7, 10.1.2.3'))).toBe('203.0.113.7');
    expect(nameOf(forwarded('127.0.0.1', '198.51.100.1, 203.0.113.7'))).toBe('203.0.113.7');
  });

  test('a forged list of somebody who is no proxy says nothing', () => {
    const names = ['1.1.1.1', '2.2.2.2', ''].map((list) => nameOf(forwarded('203.0.113.9', list)));
    expect(new Set([...names, nameOf(caller('203.0.113.9'))])).toEqual(new Set(['203.0.113.9']));
  });

  test('long lists and short ones mean the same', () => {
    const long = `${'1.1.1.1, '.repeat(100)}203.0.113.7`;
    expect(nameOf(forwarded('127.0.0.1', long))).toBe('203.0.113.7');
  });

  test('IPv6: a network of 64 bits, however it is written', () => {
    const one = nameOf(caller('2001:db8:0:1::1'));
    expect(nameOf(caller('2001:db8:0:1:ffff:ffff:ffff:ffff'))).toBe(one);
    expect(nameOf(forwarded('::1', '2001:0DB8::1:0:0:0:9'))).toBe(one);
    expect(nameOf(caller('2001:db8:0:2::1'))).not.toBe(one);
    expect(networkOf('::')).toBe('0:0:0:0');
    expect(networkOf('64:ff9b::203.0.113.7')).toBe('64:ff9b:0:0');
    expect(networkOf('nonsense')).toBe('');
  });
});

describe('with tokens a client is its token', () => {
  const nameOf = createClientNames(
    parseTokens('app:one=infer; app:two=infer; three=infer'),
    proxies,
  );
  const shown = (token: string, peer = '203.0.113.7') =>
    nameOf(caller(peer, { authorization: `Bearer ${token}` }));

  test('of that name, from wherever it comes', () => {
    expect(shown('one')).toBe(shown('one', '198.51.100.1'));
    expect(shown('two')).toBe(shown('one'));
    expect(shown('three')).not.toBe(shown('one'));
  });

  test('none or an unknown one: the address', () => {
    expect(shown('unknown')).toBe('203.0.113.7');
    expect(nameOf(caller('203.0.113.7'))).toBe('203.0.113.7');
  });
});
