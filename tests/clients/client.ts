import { pythonOf } from './install/python-tool';
import type { Tool } from './install/tool';

/** The ways on which clients reach a model; each has two modelhosts at its end. */
export const ways = ['direct', 'nginx', 'npm start', 'edge'] as const;
export type Way = (typeof ways)[number];

/** Those that answer gRPC. */
export const grpcWays: readonly Way[] = ['direct', 'nginx', 'npm start'];

/** What a client has to know of the running cluster. */
export interface Target {
  readonly way: Way;
  /** Where HTTP is answered. */
  readonly url: string;
  /** Where gRPC is answered, as host:port. */
  readonly grpc: string;
  /** Folder with the models that are served, as `<model>/<version>/model.onnx`. */
  readonly models: string;
  /** A folder for files of the client's own, gone after the run. */
  readonly scratch: string;
}

/** One thing that a client is seen doing. */
export interface Check {
  /** As the driver calls it, and as the document has it; unique within the client. */
  readonly what: string;
  /** Where it is tried; everywhere where it is not said. */
  readonly ways?: readonly Way[];
  /** What is checked is that it is refused: why. */
  readonly not?: string;
}

/** A third-party program, or one transport of it. */
export interface Client {
  readonly tool: Tool;
  /** What is special about this one, such as its transport. */
  readonly variant?: string;
  readonly checks: readonly Check[];
  /** The driver: a program that uses the client and writes one line of JSON per check. */
  drive(target: Target): Command;
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

export function titleOf({ tool, variant }: Client): string {
  return [`${tool.name} ${tool.version}`, ...(variant === undefined ? [] : [variant])].join(', ');
}

/** The checks, of those ways only; of a check that is of others nothing is left but its name. */
export function onlyOn(some: readonly Way[], checks: readonly Check[]): readonly Check[] {
  return checks.map((check) => ({
    ...check,
    ways: waysOf(check).filter((way) => some.includes(way)),
  }));
}

export function waysOf({ ways: some = ways }: Check): readonly Way[] {
  return some;
}

/** A driver in Python that imports what the tool has installed. */
export function pythonDriver(tool: Tool, file: string, call: PythonCall): Command {
  return driverIn(pythonOf(tool), file, call);
}

/**
 * A driver for the interpreter; it is told the target, the checks that are wanted on this way, all
 * that are listed, and what more there is to tell, as JSON.
 */
export function driverIn(python: string, file: string, call: PythonCall): Command {
  return {
    program: python,
    args: ['-X', 'utf8', `tests/clients/${file}`, JSON.stringify(wordsOf(call))],
  };
}

function wordsOf({ target, checks, told = {} }: PythonCall): Readonly<Record<string, unknown>> {
  const wanted = checks.filter((check) => waysOf(check).includes(target.way));
  return {
    ...target,
    ...told,
    wanted: wanted.map(({ what }) => what),
    listed: checks.map(({ what }) => what),
  };
}

export interface PythonCall {
  readonly target: Target;
  readonly checks: readonly Check[];
  readonly told?: Readonly<Record<string, unknown>>;
}
