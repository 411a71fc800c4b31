import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import path from 'node:path';
import { runBench } from './bench';
import { createLab } from './lab';
import { parseOptions, usage } from './options';
import { report } from './report';
import type { BenchResults } from './results';

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help')) {
    process.stdout.write(usage);
    return;
  }
  const options = parseOptions(args);
  const about = aboutThisRun();
  const say = (text: string): void => {
    process.stderr.write(`bench: ${text}\n`);
  };
  const lab = createLab({
    built: path.dirname(__dirname),
    environment: process.env,
    profileFolder: options.profileFolder,
    say,
  });
  closeOnSignals(() => lab.close());
  try {
    const measured = await runBench(options, lab);
    const results = { ...about, arguments: args, effort: options.effort, ...measured };
    process.stdout.write(`${report(results)}\n`);
    if (options.jsonFile !== undefined) {
      writeFileSync(options.jsonFile, `${JSON.stringify(results, null, 2)}\n`);
    }
    if (results.memory?.verdicts.some(({ flat }) => !flat) === true) process.exitCode = 1;
  } finally {
    await lab.close();
  }
}

function aboutThisRun(): Pick<BenchResults, 'date' | 'machine'> {
  return {
    date: new Date().toISOString(),
    machine: {
      cpus: availableParallelism(),
      cpu: cpus()[0]?.model ?? '',
      node: process.versions.node,
      loadAverage: loadavg()[0] ?? 0,
    },
  };
}

function closeOnSignals(close: () => Promise<void>): void {
  const onSignal = (): void => {
    void close().finally(() => process.exit(130));
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
