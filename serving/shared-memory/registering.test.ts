import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { createSharedArea } from '../link/shared-area';
import {
  clientRegions,
  knownUser,
  codeOf,
  localCaller,
  SharedObjects,
} from '../../tests/support/shared-objects';
import type { ClientRegions } from './shared-regions';

const objects = new SharedObjects('registering-test');
const me = process.getuid!();
const caller = localCaller();

let regions: ClientRegions;

beforeEach(() => {
  regions = clientRegions();
});

afterEach(() => {
  regions.close();
  objects.remove();
});

const region = (name: string, values: readonly number[]): void => {
  objects.register(regions, name, values);
};

describe('the objects that may be registered', () => {
  const register = (key: string, more: object = {}): string =>
    codeOf(() => {
      regions.register({ name: 'r', key, offset: 0, byteSize: 8, ...more }, caller);
    });

  test('are files of the caller, with or without a slash in front of their key', () => {
    const key = objects.create('plain', Buffer.alloc(16));
    expect(register(key)).toBe('nothing');
    expect(regions.status('r', caller)).toEqual([{ name: 'r', key, offset: 0, byteSize: 8 }]);
    regions.unregister('r', caller);
    expect(register(key.slice(1), { offset: 8 })).toBe('nothing');
  });

  test.each([
    '',
    '/',
    '.',
    '..',
    '/..',
    '/../etc/passwd',
    '//x',
    'a/b',
    'x\0',
    '/shoal-anything',
    'x'.repeat(256),
  ])('are not named %j', (key) => {
    expect(register(key)).toBe('invalid_request');
  });

  test('are none of those that the server itself shares with its runners', () => {
    const area = createSharedArea(4096, () => undefined)!;
    area.place([Buffer.alloc(64)]);
    expect(register(`/${area.name}`)).toBe('invalid_request');
    area.close();
  });

  test('are there, no links, folders or pipes, and large enough', () => {
    expect(register('/registering-test-nothing')).toBe('invalid_request');
    const key = objects.create('target', Buffer.alloc(16));
    symlinkSync(objects.file('target'), objects.file('link'));
    expect(register(key.replace('target', 'link'))).toBe('invalid_request');
    mkdirSync(objects.file('folder'));
    expect(register(key.replace('target', 'folder'))).toBe('invalid_request');
    execFileSync('mkfifo', [objects.file('pipe')]);
    expect(register(key.replace('target', 'pipe'))).toBe('invalid_request');
    expect(register(key, { byteSize: 17 })).toBe('invalid_request');
    expect(register(key, { offset: 9 })).toBe('invalid_request');
    expect(register(key, { offset: Number.MAX_SAFE_INTEGER })).toBe('invalid_request');
    expect(register(key, { byteSize: 0 })).toBe('invalid_request');
    expect(register(key, { name: 'a\nb' })).toBe('invalid_request');
    expect(register(key, { offset: 8 })).toBe('nothing');
  });

  test('belong to the user who asks, who has to be known', () => {
    const key = objects.create('mine', Buffer.alloc(16), 0o666);
    regions = clientRegions({ users: knownUser(me + 1) });
    expect(register(key)).toBe('forbidden');
    regions = clientRegions({ users: knownUser(undefined) });
    expect(register(key)).toBe('forbidden');
    if (me !== 0) return;
    chownSync(objects.file('mine'), 12_345, 0);
    regions = clientRegions({ users: knownUser(12_345) });
    expect(register(key)).toBe('nothing');
  });

  test('are no larger than all together may be: a size that never fits is not overload', () => {
    const key = objects.create('small', Buffer.alloc(16));
    expect(register(key, { byteSize: 1_000_001 })).toBe('too_large');
    expect(register(key, { byteSize: Number.MAX_SAFE_INTEGER })).toBe('too_large');
    expect(register(key, { byteSize: 1_000_000 })).toBe('invalid_request');
  });

  test('are as many, and as large together, as the limits say', () => {
    for (const name of ['a', 'b']) region(name, [1]);
    expect(
      codeOf(() => {
        region('a', [1]);
      }),
    ).toBe('conflict');
    expect(
      codeOf(() => {
        region('large', new Array<number>(250_000).fill(1));
      }),
    ).toBe('overloaded');
    region('c', [1]);
    expect(
      codeOf(() => {
        region('d', [1]);
      }),
    ).toBe('overloaded');
    regions.unregister('b', caller);
    region('d', [1]);
  });
});

test('nothing stays open of regions that are unregistered or were refused', () => {
  const own = (): number =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).includes('registering-test-');
      } catch {
        return false;
      }
    }).length;
  region('a', [1]);
  region('b', [2]);
  const key = objects.create('small', Buffer.alloc(4));
  expect(
    codeOf(() => {
      regions.register({ name: 's', key, offset: 0, byteSize: 5 }, caller);
    }),
  ).toBe('invalid_request');
  expect(own()).toBe(2);
  regions.unregister('', caller);
  expect(own()).toBe(0);
});
