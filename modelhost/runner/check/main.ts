import { loadRuntime, type Runtime } from '../runtime';

/** Loads the runtime in the given directory and exits with 0, or with 1 and the reason. */
function fault(directory: string): string | undefined {
  try {
    const { InferenceSession, Tensor } = loadRuntime(directory) as Partial<Runtime>;
    const whole = typeof InferenceSession?.create === 'function' && typeof Tensor === 'function';
    return whole ? undefined : 'it has no InferenceSession or no Tensor';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const reason = fault(process.argv[2] ?? '');
if (reason !== undefined) {
  process.stderr.write(reason);
  process.exitCode = 1;
}
