import { asShoalError } from '../core/errors';
import type { Lifecycle } from './lifecycle/lifecycle';
import { createModelChanges } from './model-changes';
import type { Assignment } from './placement/placed-on';
import type { Repository } from './repository/repository';

/** Versions of which this host has none, as it is not known yet who is to have them. */
function start(versions: readonly number[]) {
  let assignment: Assignment = { kind: 'unknown' };
  let look = (): void => undefined;
  const lifecycle = {
    models: () => new Map([['m', { versions: new Map() }]]),
    assignmentOf: () => assignment,
    onDemand: () => false,
    until: (condition: () => boolean) =>
      new Promise<void>((resolve, reject) => {
        look = () => {
          try {
            if (condition()) resolve();
          } catch (error) {
            reject(asShoalError(error));
          }
        };
        look();
      }),
  } as unknown as Lifecycle;
  const stored = { versions: versions.map((version) => ({ version })) };
  const repository = {
    refresh: () => Promise.resolve(),
    view: () => ({ snapshot: { models: new Map([['m', stored]]) } }),
  } as unknown as Repository;
  return {
    changes: createModelChanges({ repository, lifecycle, catchUpMs: 1000 }),
    assign: (to: Assignment): void => {
      assignment = to;
      look();
    },
  };
}

test('a version waits until it is known which hosts are to have it', async () => {
  const { changes, assign } = start([1]);
  let ready = false;
  const waiting = changes.whenReady('m', 1).then(() => (ready = true));
  await new Promise(setImmediate);
  expect(ready).toBe(false);
  assign({ kind: 'elsewhere', hosts: ['h2'] });
  expect(await waiting).toBe(true);
});

test('a version that no host is labelled for says so', async () => {
  const { changes, assign } = start([1]);
  const waiting = changes.whenReady('m', 1);
  await new Promise(setImmediate);
  assign({ kind: 'nowhere', reason: 'no modelhost is large' });
  await expect(waiting).rejects.toMatchObject({
    code: 'model_rejected',
    message: expect.stringContaining('no modelhost is large') as string,
  });
});
