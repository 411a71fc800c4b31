import { parseModelConfig } from './parse-config';

function json(value: unknown): ReturnType<typeof parseModelConfig> {
  return parseModelConfig(JSON.stringify(value), 'config.json');
}

test('placement: all hosts, so many, or by label, in both forms', () => {
  const all = [{}, { shoal: { placement: 'all' } }, { shoal: { placement: {} } }];
  for (const one of all) expect(json(one).placement).toBeNull();
  expect(json({ shoal: { placement: { copies: 2 } } }).placement).toEqual({
    copies: 2,
    labels: {},
  });
  const labels = '{ key: "zone" value: "a" } labels { key: "host" value: "h1" value: "h2" }';
  const text = parseModelConfig(
    `shoal { placement { copies: 1 labels ${labels} } }`,
    'config.pbtxt',
  );
  expect(text.placement).toEqual({ copies: 1, labels: { zone: ['a'], host: ['h1', 'h2'] } });
  expect(text.unknownFields).toEqual([]);
  expect(parseModelConfig('shoal { placement: "all" }', 'config.pbtxt').placement).toBeNull();
});

test.each([
  [{ shoal: { placement: 'some' } }, 'shoal.placement: wanted "all", or an object with copies'],
  [{ shoal: { placement: { copies: 0 } } }, 'placement.copies: wanted a whole number from 1'],
  [{ shoal: { placement: { labels: { zone: [] } } } }, 'wanted a value, or a list of values'],
  [{ shoal: { placement: { labels: { zone: 'a b' } } } }, 'zone.0: wanted up to 63 letters'],
])('%j: %s', (config, message) => {
  expect(() => json(config)).toThrow(message);
});
