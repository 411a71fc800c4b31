import { modelEntry, versionEntry } from '../../tests/support/catalogs';
import { servable, spec } from '../../tests/support/servables';
import { mayServe } from './may-serve';

const wanted = { ...servable([spec('x', ['n'])], [spec('y', ['n'])]), version: 2, generation: 5 };

test.each([
  ['ready', 5, true],
  ['loading', 4, true],
  ['ready', 6, false],
  ['draining', 5, false],
  ['failed', 5, false],
] as const)('version %s at generation %i: %p', (state, generation, may) => {
  const versions = [versionEntry(1), versionEntry(2, { state })];
  expect(mayServe(modelEntry('m', { versions, generation }), wanted)).toBe(may);
});

test('a host without the version or the model will not', () => {
  const entry = modelEntry('m', { versions: [versionEntry(1)], generation: 5 });
  expect(mayServe(entry, wanted)).toBe(false);
  expect(mayServe(undefined, wanted)).toBe(false);
});
