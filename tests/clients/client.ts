import { pythonOf } from './install/python-tool';
import type { Tool } from './install/tool';

/** The ways on which all clients reach a model; each has two modelhosts at its end. */
export const ways = ['direct', 'nginx', 'npm start', 'edge'] as const;

/** And those for what is tried of some: a cluster that wants tokens and certificates, a lone modelhost. */
export const allWays = [...ways, 'guarded', 'modelhost'] as const;
export type Way = (typeof allWays)[number];

/** What a client has to know of the running cluster. */
export interface Target {
  readonly way: Way;
  /** Where HTTP is answered. */
  readonly url: string;
  /** Where gRPC is answered, as host:port. */
  readonly grpc: string;
  /** Where the inferrer, or the modelhost that is by itself, tells its metrics. */
  readonly metrics: string;
  /** Where the metrics service of the cluster is, if it has one. */
  readonly metricsService?: string;
  /** What callers have to show where tokens and certificates are wanted. */
  readonly shown?: Shown;
  /** The same by TLS, where that is taken. */
  readonly secured?: Secured;
  /** Folder with the models that are served, as `<model>/<version>/model.onnx`. */
  readonly models: string;
  /** A folder for files of the client's own, gone after the run. */
  readonly scratch: string;
}

/** Tokens, and files in PEM. */
export interface Shown {
  /** May ask models only. */
  readonly token: string;
  /** May change models as well. */
  readonly managing: string;
  /** May see metrics only. */
  readonly watching: string;
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** Where TLS is taken, each as host:port, and a file in PEM with whom to trust. */
export interface Secured {
  readonly https: string;
  readonly grpc: string;
  readonly authority: string;
}

/** One thing that a client is seen doing. */
export interface Check {
  /** As the driver calls it, and as the document has it; unique within the client. */
  readonly what: string;
  /** Where it is tried; on all of `ways` where it is not said. */
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
