import fc from 'fast-check';
import { ShoalError } from '../core/errors';
import {
  isModelName,
  isVersionNumber,
  parseModelAndVersion,
  parseModelName,
  parseModelReference,
} from './model-name';

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof ShoalError ? error.code : 'other';
  }
  return 'none';
}

describe('model names', () => {
  test.each([
    ['iris', 'iris', ''],
    ['iris.onnx', 'iris', ''],
    ['iris.onnx.onnx', 'iris', ''],
    ['iris:2', 'iris', '2'],
    ['iris.onnx:2', 'iris', '2'],
    ['iris:stable', 'iris', 'stable'],
    ['a..b-c_d', 'a..b-c_d', ''],
    ['a'.repeat(128), 'a'.repeat(128), ''],
  ])('%s is read', (text, model, version) => {
    expect(parseModelReference(text)).toEqual({ model, version });
  });

  test.each([
    '',
    '.',
    '..',
    '.onnx',
    '../iris',
    'a/b',
    'a\\b',
    'a\0b',
    'a%2fb',
    '-a',
    '_a',
    'ä',
    'iris\n',
    'iris:',
    'iris:0',
    'iris:01',
    'iris:-1',
    'iris:1.5',
    'iris:1:2',
    'iris:../1',
    'iris:9999999999',
    'stats',
    'models',
    'api',
    'information',
    'updatemodelhosts',
    'updatemodelhosts.onnx',
    'a'.repeat(129),
  ])('%j is refused', (text) => {
    expect(codeOf(() => parseModelReference(text))).toBe('invalid_name');
  });

  test('a version has its own place, or stands behind the colon, not both', () => {
    const read = parseModelAndVersion;
    expect(read('iris', '')).toEqual({ model: 'iris', version: '' });
    expect(read('iris', '3')).toEqual({ model: 'iris', version: '3' });
    expect(read('iris:3', '')).toEqual({ model: 'iris', version: '3' });
    expect(read('iris:stable', '')).toEqual({ model: 'iris', version: 'stable' });
    expect(() => read('iris:stable', '3')).toThrow(
      'The version stands behind the colon of the model name or in its own place; got "iris:stable" and "3".',
    );
    expect(codeOf(() => read('iris:', ''))).toBe('invalid_name');
  });

  test('whatever is accepted is one safe path segment', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        let name: string;
        try {
          name = parseModelName(text);
        } catch {
          return;
        }
        expect(isModelName(name)).toBe(true);
        expect(name).not.toMatch(/[/\\\0]|^\./);
      }),
    );
  });

  test('a stored name never ends in .onnx', () => {
    expect(isModelName('iris.onnx')).toBe(false);
    expect(isVersionNumber('1')).toBe(true);
    expect(isVersionNumber('01')).toBe(false);
  });

  test('the message does not repeat endless input', () => {
    expect(() => parseModelName('!'.repeat(10_000))).toThrow(/^.{0,400}$/);
  });
});
