import { ShoalError } from '../../core/errors';
import { promiseWithResolvers, type Entry } from './entry';
import { loadChecked } from './load-checked';
import { RunnerGone } from './runner-process';

const damaged = new ShoalError('storage_unavailable', 'not what was published');
const refused = new ShoalError('model_rejected', 'no model');
const message = {} as Parameters<typeof loadChecked>[2];
const measure = { loadMs: 3, residentBytes: 5 };

/** Loads with these outcomes of the looks at the files, in turn; resolves with what was done. */
async function load(
  looks: readonly (Error | null)[],
  load: () => Promise<typeof measure> = () => Promise.resolve(measure),
): Promise<{ readonly did: readonly string[]; readonly end: unknown }> {
  const did: string[] = [];
  const rest = [...looks];
  const process = {
    gone: false,
    load() {
      did.push('load');
      return load();
    },
    unload({ mark }: { mark: number }) {
      did.push(`unload ${mark}`);
      return Promise.resolve();
    },
  };
  const checkFiles = (): Promise<void> => {
    did.push('look');
    const fault = rest.shift() ?? null;
    return fault === null ? Promise.resolve() : Promise.reject(fault);
  };
  const order = { model: 'm', version: 1, checkFiles } as unknown as Entry['order'];
  const first: Entry['first'] = promiseWithResolvers();
  const entry: Entry = { order, key: 'm:1', mark: 7, state: 'wanted', first, settled: false };
  const end: unknown = await loadChecked(process, entry, message).catch((error: unknown) => error);
  return { did, end };
}

test('files are looked at while they are loaded, and once more after that', async () => {
  expect(await load([null, null])).toEqual({ did: ['look', 'load', 'look'], end: measure });
});

test('what is not as it was published is not kept', async () => {
  const did = ['look', 'load', 'unload 7'];
  expect(await load([damaged])).toEqual({ did, end: damaged });
  const exchanged = await load([null, damaged]);
  expect(exchanged).toEqual({ did: ['look', 'load', 'look', 'unload 7'], end: damaged });
});

test('what is wrong with the files counts more than what the runtime says of them', async () => {
  const refusing = (): Promise<never> => Promise.reject(refused);
  expect((await load([damaged], refusing)).end).toBe(damaged);
  expect((await load([null, null], refusing)).end).toBe(refused);
});

test('of a runner that has ended nothing else is said', async () => {
  const gone = new RunnerGone();
  const { did, end } = await load([damaged], () => Promise.reject(gone));
  expect([did, end]).toEqual([['look', 'load'], gone]);
});
