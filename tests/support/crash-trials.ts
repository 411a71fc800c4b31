import { readFile } from 'node:fs/promises';
import type { ModelEntry } from '../../protocol/catalog';
import {
  eventually,
  newHost,
  startHost,
  storedFiles,
  upload,
  type Host,
  type HostOptions,
} from './model-store-host';

/** A repository in which a host dies. */
export interface DyingPlace {
  /** Of the host that dies. */
  readonly victim: HostOptions;
  /** It dies when it has done so many steps from now on. */
  dieAfter(steps: number): void;
  readonly dead: () => boolean;
  put(name: string, content: string): Promise<void>;
  /** Of a host that comes when the claims of the one that has died are over. */
  later(): Promise<HostOptions>;
  /** Another one with the same in it. */
  copy(): Promise<DyingPlace>;
  end(): Promise<void>;
}

/** What a repository serves, by models' names; versions are called after what is in them. */
export type Served = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface CrashScenario {
  readonly name: string;
  /** Made before, by a host that lives. */
  readonly given?: (host: Host) => Promise<unknown>;
  /** Put there by hand after that. */
  readonly files?: Readonly<Record<string, string>>;
  /** Of the host that dies; `starts`: it dies when it starts, and this comes after that. */
  readonly act: (host: Host) => Promise<unknown>;
  readonly starts?: true;
  readonly options?: () => HostOptions;
  /** What is served may also be this, where nobody was told of success. */
  readonly between?: (before: Served, after: Served) => readonly Served[];
  /** Whoever comes next does it by itself. */
  readonly resumed?: true;
  /** Waited for before it is looked at what is served. */
  readonly settled?: (host: Host) => boolean;
}

/** So many die at a time. */
const atOnce = 6;
const longestAct = 300;

/**
 * Has a host die before each of its steps in turn. What is served then is what was before, or what
 * comes of it where nothing happens; that alone where the client was told of success. Resolves with
 * the number of steps.
 */
export async function dieAtEachStep(
  scenario: CrashScenario,
  begin: () => Promise<DyingPlace>,
): Promise<number> {
  const template = await begin();
  const before = await prepared(scenario, template);
  const undisturbed = await diesAfter(scenario, template, Infinity);
  expect(undisturbed).toMatchObject({ acknowledged: true, dead: false });
  const after = undisturbed.served;
  expect(after).not.toEqual(before);
  const between = scenario.between?.(before, after) ?? [];
  for (let steps = 0; ; steps += atOnce) {
    expect(steps).toBeLessThan(longestAct);
    const each = Array.from({ length: atOnce }, (_, index) => steps + index);
    const trials = each.map((step) => diesAfter(scenario, template, step));
    for (const [index, { acknowledged, dead, served }] of (await Promise.all(trials)).entries()) {
      const step = each[index]!;
      const only = acknowledged || scenario.resumed === true;
      const possible = only ? [after] : [before, after, ...between];
      const found = expect.arrayContaining([served]) as unknown;
      expect({ step, possible }).toEqual({ step, possible: found });
      if (!acknowledged || dead) continue;
      await template.end();
      return step;
    }
  }
}

async function prepared(scenario: CrashScenario, place: DyingPlace): Promise<Served> {
  const first = await startHost('first', await place.later());
  await scenario.given?.(first);
  const before = await servedBy(first);
  await first.store.stop();
  for (const [name, content] of Object.entries(scenario.files ?? {})) {
    await place.put(name, content);
  }
  return before;
}

interface Trial {
  readonly acknowledged: boolean;
  readonly dead: boolean;
  readonly served: Served;
}

async function diesAfter(
  { act, starts, options, settled }: CrashScenario,
  template: DyingPlace,
  steps: number,
): Promise<Trial> {
  const place = await template.copy();
  const pollMs = starts === true ? 5 : 3_600_000;
  const victim = newHost('victim', { pollMs, catchUpMs: 100, ...options?.(), ...place.victim });
  if (starts !== true) await victim.store.start();
  place.dieAfter(steps);
  const acting = starts === true ? victim.store.start().then(() => act(victim)) : act(victim);
  const acknowledged = await acting.then(
    () => true,
    () => false,
  );
  const dead = place.dead();
  await victim.store.stop();

  const after = await startHost('after', { pollMs: 5, ...options?.(), ...(await place.later()) });
  if (settled !== undefined) await eventually(after, () => settled(after));
  const served = await servedBy(after);
  // And changes go on.
  if (steps % atOnce === 0)
    expect(await upload(after, 'again', 'new')).toMatchObject({ version: 1 });
  await after.store.stop();
  await place.end();
  return { acknowledged, dead, served };
}

async function servedBy(host: Host): Promise<Served> {
  const models = host.store.catalog.models().map(async (entry) => {
    const contents = await contentsOf(host, entry);
    const called = (version: number): string => contents.get(version) ?? 'none';
    const { labels, traffic, canary, unloaded = false, description } = entry;
    const model = {
      default: called(entry.defaultVersion),
      versions: [...contents.values()],
      labels: Object.entries(labels).map(([label, version]) => `${label} ${called(version)}`),
      traffic: traffic?.variants.map(({ version, weight }) => `${called(version)} ${weight}`),
      canary: canary && `${called(canary.version)} ${canary.state} ${canary.step}`,
      unloaded,
      description,
    };
    return [entry.name, model] as const;
  });
  return Object.fromEntries(await Promise.all(models));
}

/** What the files of each version say, and how it is run; all of them are ready, or none is. */
async function contentsOf(host: Host, entry: ModelEntry): Promise<Map<number, string>> {
  const contents = new Map<number, string>();
  const wanted = entry.unloaded === true ? 'unloaded' : 'ready';
  for (const { version, state, reason, batching } of entry.versions) {
    expect({ version, reason, state }).toMatchObject({ version, state: wanted });
    const { files } = await storedFiles(host, entry.name, String(version));
    const texts = files.map(({ path }) => readFile(path, 'utf8'));
    contents.set(version, `${(await Promise.all(texts)).join('+')} by ${batching.maxRows}`);
  }
  return contents;
}
