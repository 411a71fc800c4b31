import { httpUrls, optionalWebUrl, readSettings, setting, SettingsError, webUrl } from './settings';

const shape = {
  ONE: setting(webUrl('http://a:1'), 'http://a:1', ''),
  PERHAPS: setting(optionalWebUrl('http://a:1'), '', ''),
  SOME: setting(httpUrls('http://a:1'), '', ''),
};

test('addresses of servers are read', () => {
  expect(readSettings(shape, {})).toEqual({ ONE: 'http://a:1', PERHAPS: '', SOME: [] });
  const given = {
    ONE: 'https://b/path',
    PERHAPS: 'http://[::1]:2',
    SOME: 'http://a:1, http://b:2',
  };
  expect(readSettings(shape, given)).toEqual({ ...given, SOME: ['http://a:1', 'http://b:2'] });
});

test.each(['b', 'localhost:8000', 'ftp://b', 'http://'])(
  '%s is no address of a server',
  (wrong) => {
    const read = (): unknown =>
      readSettings(shape, { ONE: wrong, PERHAPS: wrong, SOME: `http://a,${wrong}` });
    expect(read).toThrow(SettingsError);
    const found = JSON.stringify(wrong);
    expect(read).toThrow(
      [
        `ONE: wanted a URL such as http://a:1, found ${found}`,
        `PERHAPS: wanted a URL such as http://a:1, or nothing, found ${found}`,
        `SOME: wanted http URLs such as http://a:1 with commas between them, or nothing, found ${JSON.stringify(`http://a,${wrong}`)}`,
      ].join('\n'),
    );
  },
);

test('where TLS is not spoken, its addresses are refused', () => {
  expect(() => readSettings(shape, { SOME: 'http://a:1,https://b' })).toThrow(
    'SOME: wanted http URLs such as http://a:1 with commas between them, or nothing',
  );
});
