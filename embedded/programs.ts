import { isIP } from 'node:net';
import path from 'node:path';
import type { Settings } from '../core/settings';
import { shareOfModels, usableMemory } from '../core/usable-memory';
import type { embeddedSettings } from './settings';

/** One process to run: what it is called, its file, and its environment. */
export interface Program {
  readonly name: string;
  readonly file: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The programs of an embedded cluster. */
export interface Programs {
  readonly inferrer: Program;
  readonly metrics: Program;
  /** The modelhost with this number; numbers begin at 1. */
  readonly modelhost: (number: number) => Program;
}

export interface ProgramsOptions {
  readonly settings: Settings<typeof embeddedSettings>;
  /** The environment that all programs inherit. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder of the built programs. */
  readonly built: string;
  /** A folder of this run only, for sockets; nobody else may look into it. */
  readonly privateFolder: string;
  /** Cores of the machine. */
  readonly cores: number;
}

export function createPrograms(options: ProgramsOptions): Programs {
  const { settings, environment, built } = options;
  const shared = { ...environment, LOG_LEVEL: settings.LOG_LEVEL, LOG_FORMAT: settings.LOG_FORMAT };
  const inferrerUrl = inferrerUrlOf(settings);
  const program = (name: string, file: string, own: Program['environment']): Program => ({
    name,
    file: path.join(built, file),
    environment: { ...shared, ...own },
  });
  const listening = { LISTEN_HOST: settings.LISTEN_HOST, DRAIN_MS: String(settings.DRAIN_MS) };
  return {
    inferrer: program('inferrer', 'inferrer/main.js', {
      ...listening,
      PORT: String(settings.PORT),
      GRPC_PORT: String(settings.GRPC_PORT),
      BALANCER: 'direct',
    }),
    metrics: program('metrics', 'metrics/service/main.js', {
      ...listening,
      PORT: String(settings.METRICS_PORT),
      INFERRER_URL: inferrerUrl,
      BASE_PATH: '',
    }),
    modelhost: (number) =>
      program(`host-${number}`, 'modelhost/main.js', {
        ...listening,
        LISTEN_HOST: '127.0.0.1',
        PORT: '0',
        GRPC_PORT: 'off',
        SAGEMAKER_BIND_TO_PORT: '',
        BASE_PATH: '',
        HOST_ID: `host-${number}`,
        INFERRER_URL: inferrerUrl,
        MODEL_REPOSITORY: settings.MODEL_REPOSITORY,
        EXAMPLE_MODELS: settings.EXAMPLE_MODELS,
        ...shareOfHost(options),
        TMPDIR: options.privateFolder,
      }),
  };
}

function shareOfHost({ settings, environment, cores }: ProgramsOptions): Program['environment'] {
  const { CORES, MODELHOSTS } = settings;
  const memoryBytes = memoryPerHost(usableMemory(), MODELHOSTS);
  return {
    CORES: String(coresPerHost(CORES || cores, MODELHOSTS)),
    MEMORY_BUDGET_BYTES: environment['MEMORY_BUDGET_BYTES'] ?? String(memoryBytes),
  };
}

/** Where the other programs reach the inferrer: its base path included, no slash at the end. */
export function inferrerUrlOf(settings: Settings<typeof embeddedSettings>): string {
  return urlOf(settings.LISTEN_HOST, settings.PORT) + settings.BASE_PATH.replace(/\/$/, '');
}

/** Cores of one host where `hosts` share `cores`; every host has at least one. */
export function coresPerHost(cores: number, hosts: number): number {
  return Math.max(1, Math.floor(cores / hosts));
}

/** Bytes for the models of one host where `hosts` share the memory of a machine. */
export function memoryPerHost(bytes: number, hosts: number): number {
  return Math.floor((shareOfModels * bytes) / hosts);
}

/** Where a program of this machine reaches a server that listens on `address`. */
export function urlOf(address: string, port: number): string {
  if (address === '0.0.0.0') return `http://127.0.0.1:${port}`;
  if (address === '::') return `http://[::1]:${port}`;
  return `http://${isIP(address) === 6 ? `[${address}]` : address}:${port}`;
}
