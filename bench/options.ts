import { parseArgs } from 'node:util';
import { scenarios, type Scenario } from './scenarios';
import type { Effort } from './sides';

/** What is measured only where it is named. */
export const setNames = [
  'scale',
  'costs',
  'changes',
  'levers',
  'overload',
  'deadlines',
  'faults',
  'memory',
] as const;
export type SetName = (typeof setNames)[number];

/** What one call of the bench is to do. */
export interface BenchOptions {
  readonly effort: Effort;
  /** Whether the runtime is measured by itself, in all its forms. */
  readonly bare: boolean;
  /** Longer measurements, each asked for by its name. */
  readonly sets: readonly SetName[];
  /** Names of the scenarios to measure. */
  readonly scenarios: readonly string[];
  /** Numbers of connections of a scenario. */
  readonly connectionsOf: (scenario: Scenario) => readonly number[];
  /** Sizes of the clusters at which the scenarios are measured. */
  readonly hosts: readonly number[];
  /** Whether the scenarios are also measured through nginx in both places. */
  readonly nginx: boolean;
  readonly jsonFile: string | undefined;
  /** Folder for processor profiles of the cluster's processes, runners excepted, and of echo. */
  readonly profileFolder: string | undefined;
  /** Of the long run. */
  readonly requests: number;
  /** Growth of a process's memory, in percent, up to which it is flat. */
  readonly flatPercent: number;
}

export const usage = `usage: npm run bench -- [WHAT...] [OPTION...]

WHAT: bare, a scenario (${scenarios.map(({ name }) => name).join(', ')})
or one of these, that are measured only when they are named:
  scale     from 1 to 1,000 connections, from 1 to 4 modelhosts
  costs     a second inferrer, 10,000 idle connections, 200 more models, a slow shadow
  changes   a model that has to be loaded first, a new default on up to five modelhosts
  levers    the same with and without what was done for speed
  overload  1, 3 and 10 times as many requests as the cluster can answer; 2,000 slow ones at once
  deadlines requests to models that take longer than they have
  faults    runners and hosts killed or frozen under load
  memory    a long run of mixed requests: does the memory of a process grow
Nothing: bare and all scenarios; with --quick the scenarios.

--quick             two or three minutes: fewer connections, rounds and seconds
--connections LIST  e.g. 1,8,64,256,1000
--hosts LIST        modelhosts, e.g. 1,2,3,4: the scenarios with a cluster of each size (2)
--nginx             the scenarios also through nginx in both places, as docker-compose has it
--rounds N          how often each side is measured (3; quick: 2)
--seconds N         of one side, or of one step of overload, in one round, whole (4; quick: 1)
--warm-up SECONDS   of each server with each scenario before its first round, whole (10)
--json FILE         writes all figures, those of every round too
--profile FOLDER    writes processor profiles of the cluster (but not of runners) and of echo
--requests N        of the memory run (1000000; quick: 100000)
--flat-percent N    growth of memory that still counts as flat (10)
`;

/** Throws an Error with a sentence for the user. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: flags,
  });
  const byQuick = values.quick ? quick : full;
  const what = positionals.length > 0 ? positionals : byQuick.what;
  refuseUnknown(what);
  const { connections } = values;
  const given = connections === undefined ? undefined : wholes('--connections', connections);
  return {
    effort: {
      rounds: whole('--rounds', values.rounds ?? byQuick.rounds),
      seconds: whole('--seconds', values.seconds ?? byQuick.seconds),
      warmUpSeconds: whole('--warm-up', values['warm-up']),
      settleSeconds: byQuick.settleSeconds,
    },
    bare: what.includes('bare'),
    sets: setNames.filter((name) => what.includes(name)),
    scenarios: all.filter((name) => what.includes(name)),
    connectionsOf: given === undefined ? byQuick.connectionsOf : () => given,
    hosts: wholes('--hosts', values.hosts),
    nginx: values.nginx,
    jsonFile: values.json,
    profileFolder: values.profile,
    requests: whole('--requests', values.requests ?? byQuick.requests),
    flatPercent: whole('--flat-percent', values['flat-percent']),
  };
}

/** What may stand in a call beside what is to be measured. */
const flags = {
  quick: { type: 'boolean', default: false },
  connections: { type: 'string' },
  hosts: { type: 'string', default: '2' },
  nginx: { type: 'boolean', default: false },
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  'warm-up': { type: 'string', default: '10' },
  json: { type: 'string' },
  profile: { type: 'string' },
  requests: { type: 'string' },
  'flat-percent': { type: 'string', default: '10' },
} as const;

const all = scenarios.map(({ name }) => name);

/** What counts where the call says nothing. */
interface Defaults {
  readonly what: readonly string[];
  readonly rounds: string;
  readonly seconds: string;
  readonly settleSeconds: number;
  readonly connectionsOf: BenchOptions['connectionsOf'];
  readonly requests: string;
}

const full: Defaults = {
  what: ['bare', ...all],
  rounds: '3',
  seconds: '4',
  settleSeconds: 2,
  connectionsOf: ({ connections }) => connections,
  requests: '1000000',
};

const quick: Defaults = {
  what: all,
  rounds: '2',
  seconds: '1',
  settleSeconds: 1,
  connectionsOf: ({ quickConnections }) => quickConnections,
  requests: '100000',
};

function refuseUnknown(what: readonly string[]): void {
  const known = ['bare', ...setNames, ...all];
  const unknown = what.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new Error(`Unknown: ${unknown.join(', ')}. Known are ${known.join(', ')}.`);
}

function wholes(option: string, list: string): readonly number[] {
  return list.split(',').map((text) => whole(option, text));
}

function whole(option: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new Error(`${option}: wanted a whole number from 1, found ${JSON.stringify(text)}.`);
}
