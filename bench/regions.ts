import { rmSync, writeFileSync } from 'node:fs';
import type { ModelRequest } from './requests';

/** Puts what the requests name into shared memory and has the cluster know it; `stop` removes the files. */
export async function shareRegions(
  url: string,
  { regions }: ModelRequest,
): Promise<{ stop(): Promise<void> }> {
  const files: string[] = [];
  const stop = (): Promise<void> => {
    for (const file of files) rmSync(file, { force: true });
    return Promise.resolve();
  };
  try {
    for (const [name, bytes] of Object.entries(regions)) {
      const key = `bench-${process.pid}-${name}`;
      files.push(`/dev/shm/${key}`);
      writeFileSync(`/dev/shm/${key}`, bytes, { mode: 0o600 });
      await register(url, name, { key: `/${key}`, offset: 0, byte_size: bytes.byteLength });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

async function register(url: string, name: string, region: object): Promise<void> {
  const response = await fetch(`${url}/v2/systemsharedmemory/region/${name}/register`, {
    method: 'POST',
    body: JSON.stringify(region),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`registering ${name}: ${await response.text()}`);
}
