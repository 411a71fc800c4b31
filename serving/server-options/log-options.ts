import { ShoalError } from '../../core/errors';
import { mutedLevels, type Logger } from '../../core/logging';
import type { LogSettings } from '../../protocol/control/server-options';

const levelNames = { log_info: 'info', log_warning: 'warn', log_error: 'error' } as const;

type LevelSwitch = keyof typeof levelNames;

const formats: readonly unknown[] = ['default', 'ISO8601'];

/** The log settings of this process; lines of debugging come with any verbose level. */
export class LogOptions {
  readonly #logger: Logger;
  readonly #muted: Set<string>;
  /** What the process was started with, if that says less than information. */
  readonly #usual: string;
  #verbose: number;
  #format = 'default';

  constructor(logger: Logger) {
    this.#logger = logger;
    this.#muted = mutedLevels(logger);
    this.#usual = logger.level;
    this.#verbose = logger.level === 'debug' ? 1 : 0;
  }

  all(): LogSettings {
    return new Map<string, string | number | boolean>([
      ['log_file', ''],
      ...(Object.keys(levelNames) as LevelSwitch[]).map(
        (name) => [name, this.#says(name)] as const,
      ),
      ['log_verbose_level', this.#verbose],
      ['log_format', this.#format],
    ]);
  }

  /** All changes, or none where one is wrong. */
  change(changes: LogSettings): LogSettings {
    for (const [name, value] of changes) check(name, value);
    for (const [name, value] of changes) this.#set(name, value);
    return this.all();
  }

  #says(name: LevelSwitch): boolean {
    const level = levelNames[name];
    return this.#logger.isLevelEnabled(level) && !this.#muted.has(level);
  }

  #set(name: string, value: string | number | boolean): void {
    if (name === 'log_format') this.#format = String(value);
    else if (name === 'log_verbose_level') this.#setVerbose(Number(value));
    else this.#setLevel(levelNames[name as LevelSwitch], value === true);
  }

  #setVerbose(level: number): void {
    this.#verbose = level;
    if (level > 0) this.#logger.level = 'debug';
    else if (this.#logger.level === 'debug') {
      this.#logger.level = this.#usual === 'debug' ? 'info' : this.#usual;
    }
  }

  #setLevel(level: string, says: boolean): void {
    if (!says) {
      this.#muted.add(level);
      return;
    }
    this.#muted.delete(level);
    if (this.#logger.isLevelEnabled(level)) return;
    // What lies above the level becomes enabled with it, and has not been asked for.
    for (const other of Object.values(levelNames)) {
      if (other !== level && !this.#logger.isLevelEnabled(other)) this.#muted.add(other);
    }
    this.#logger.level = level;
  }
}

function check(name: string, value: string | number | boolean): void {
  if (name === 'log_file') {
    throw new ShoalError('unsupported', 'log_file cannot be changed: the log is standard output.');
  }
  if (Object.hasOwn(levelNames, name)) {
    if (typeof value !== 'boolean') throw wrong(name, 'true or false', value);
  } else if (name === 'log_verbose_level') {
    if (!Number.isInteger(value) || Number(value) < 0) throw wrong(name, 'a whole number', value);
  } else if (name === 'log_format') {
    if (!formats.includes(value)) throw wrong(name, 'default or ISO8601', value);
  } else {
    throw new ShoalError('invalid_request', `'${name}' is no log setting.`);
  }
}

function wrong(name: string, wanted: string, value: string | number | boolean): ShoalError {
  return new ShoalError('invalid_request', `${name}: wanted ${wanted}, got ${String(value)}.`);
}
