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
  if (!pretty) return pino(options, createLogOutput(pino.destination({ minLength })));
  return pino({
    ...options,
    transport: {
      target: 'pino-pretty',
      options: { ignore: 'service', messageFormat: '{service}: {msg}' },
    },
  });
}

/** A logger that says nothing, for tests and tools. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
