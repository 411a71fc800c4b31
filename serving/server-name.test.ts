import { readSettings } from '../core/settings';
import { serverNameSettings } from './server-name';

function nameOf(text?: string): string {
  return readSettings(serverNameSettings, { SERVER_NAME: text }).SERVER_NAME;
}

describe('SERVER_NAME', () => {
  test('is the name that the operator gives, without one ours', () => {
    expect(nameOf('triton')).toBe('triton');
    expect(nameOf()).toBe('shoal');
    expect(nameOf('')).toBe('shoal');
  });

  test.each(['tri ton', 'triton\n', 'tritön', '"', 'x'.repeat(64)])('%j is refused', (name) => {
    expect(() => nameOf(name)).toThrow('SERVER_NAME: wanted 1 to 63 letters, digits, dots');
  });
});
