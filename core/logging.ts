import pino from 'pino';
import { createLogOutput } from './log-output';

/** The one kind of logger; lines are JSON, or a readable form on a terminal. */
export type Logger = pino.Logger;

export interface LogSettings {
  /** Which process speaks, e.g. `inferrer` or `modelhost h-1`. */
  readonly service: string;
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly format: 'auto' | 'json' | 'pretty';
}

/** Lines that wait are handed to the system when there are so many bytes of them. */
const minLength = 4096;

export function createLogger(settings: LogSettings): Logger {
  const pretty =
    settings.format === 'pretty' || (settings.format === 'auto' && process.stdout.isTTY);
  const options: pino.LoggerOptions = {
    level: settings.level,
    base: { service: settings.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
  if (!pretty) return withMuting(options, createLogOutput(pino.destination({ minLength })));
  return withMuting({
    ...options,
    transport: {
      target: 'pino-pretty',
      options: { ignore: 'service', messageFormat: '{service}: {msg}' },
    },
  });
}

const muted = new WeakMap<Logger, Set<string>>();

/** Levels of which a logger says nothing although its own level would have it; may be changed. */
export function mutedLevels(logger: Logger): Set<string> {
  let levels = muted.get(logger);
  if (levels === undefined) muted.set(logger, (levels = new Set<string>()));
  return levels;
}

/** A logger of which single levels can be muted. */
export function withMuting(options: pino.LoggerOptions, output?: pino.DestinationStream): Logger {
  const levels = new Set<string>();
  const { labels } = pino.levels;
  const hooks: NonNullable<pino.LoggerOptions['hooks']> = {
    logMethod(line, method, level) {
      if (levels.size === 0 || !levels.has(labels[level] ?? '')) method.apply(this, line);
    },
  };
  const logger =
    output === undefined ? pino({ ...options, hooks }) : pino({ ...options, hooks }, output);
  muted.set(logger, levels);
  return logger;
}

/** A logger that says nothing, for tests and tools. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
