import { medianOf, worstOf } from '../figures';
import { short, table } from '../table';
import type { OverloadRound, OverloadRun, OverloadStep } from './overload-run';

/** Of a run, the steps. */
type OverloadFigures = Omit<OverloadRun, 'slowCalls'>;

const header = [
  'model',
  'x capacity',
  'capacity',
  'sent/s',
  'good/s',
  'of capacity',
  'of peak',
  'refused %',
  'late %',
  'failed',
  'p50 ms',
  'p99 ms',
  'refused p99',
  'health p50',
  'longest',
  'recovered ms',
  'generator',
];

export function overloadTitle({ deadlineMs }: OverloadFigures): string {
  return `Overload, deadline ${deadlineMs} ms`;
}

/**
 * The failed ones of all rounds, the worst of health and recovery, medians of the rest;
 * docs/performance.md says what each column means.
 */
export function overloadTable({ steps }: OverloadFigures): string {
  return table(
    header,
    steps.map((step) => cellsOf(step, peakOf(steps.filter(({ model }) => model === step.model)))),
  );
}

function cellsOf(step: OverloadStep, peak: number): string[] {
  const { model, times, rounds } = step;
  const middle = (pick: (round: OverloadRound) => number): string => short(medianOf(rounds, pick));
  const worst = (pick: (round: OverloadRound) => number): string => short(worstOf(rounds, pick));
  return [
    model,
    String(times),
    middle(({ capacity }) => capacity),
    middle(({ load }) => load.sent / load.seconds),
    short(goodOf(step)),
    middle(({ goodPerSecond, capacity }) => goodPerSecond / capacity),
    short(goodOf(step) / peak),
    middle(({ load }) => (100 * load.refused) / load.sent),
    middle(({ load }) => (100 * load.late) / load.sent),
    String(rounds.reduce((sum, { load }) => sum + load.failed, 0)),
    middle(({ load }) => load.p50Ms),
    middle(({ load }) => load.p99Ms),
    middle(({ load }) => load.refusedP99Ms),
    middle(({ health }) => health.p50Ms),
    worst(({ health }) => health.longestMs),
    worst(({ recoveredMs }) => recoveredMs),
    middle(({ generatorShare }) => generatorShare),
  ];
}

/** Of one model's steps: the best, or the capacity by all measurements where that is more. */
function peakOf(steps: readonly OverloadStep[]): number {
  const rounds = steps.flatMap((step) => step.rounds);
  const capacity = medianOf(rounds, (round) => round.capacity);
  return Math.max(capacity, ...steps.map(goodOf));
}

function goodOf({ rounds }: OverloadStep): number {
  return medianOf(rounds, ({ goodPerSecond }) => goodPerSecond);
}
