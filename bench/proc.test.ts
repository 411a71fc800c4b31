import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  commandLine,
  copiedBy,
  descendants,
  parseIo,
  parseResident,
  parseSchedstat,
  parseStat,
  preciseCpuUs,
  processes,
  processState,
  residentBytes,
  startedWith,
  type ProcessState,
} from './proc';

const stat =
  '4711 (node (x) y) S 42 4711 4711 0 -1 4194304 9 8 7 6 150 25 30 5 20 0 11 0 998877 1000 200 ' +
  '18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0';

function state(pid: number, parent: number): ProcessState {
  return { pid, parent, startedAt: 0, cpuUs: 0, kernelUs: 0, childrenCpuUs: 0 };
}

it('reads times, parent and start past a name with spaces and brackets', () => {
  expect(parseStat(stat)).toEqual({
    pid: 4711,
    parent: 42,
    startedAt: 998877,
    cpuUs: 1_750_000,
    kernelUs: 250_000,
    childrenCpuUs: 350_000,
  });
});

it('reads resident memory in bytes, 0 where it is not told', () => {
  expect(parseResident('VmPeak:\t  900 kB\nVmRSS:\t  512 kB\nRssAnon:\t 1 kB\n')).toBe(524_288);
  expect(parseResident('Name:\tkthreadd\n')).toBe(0);
});

it('adds up what was read and written', () => {
  const text = 'rchar: 1000\nwchar: 24\nsyscr: 7\nsyscw: 3\nread_bytes: 4096\nwrite_bytes: 0\n';
  expect(parseIo(text)).toEqual({ bytes: 1024, calls: 10 });
  expect(parseIo('')).toEqual({ bytes: 0, calls: 0 });
});

it('reads nanoseconds on a processor', () => {
  expect(parseSchedstat('78248 63114 2\n')).toBeCloseTo(78.248, 6);
});

it('sees that this process works, reads and writes', () => {
  const [cpuUs, copied] = [preciseCpuUs(process.pid), copiedBy(process.pid)];
  expect(cpuUs).toBeGreaterThan(0);
  expect(preciseCpuUs(process.pid)).toBeGreaterThanOrEqual(cpuUs);
  expect(copiedBy(process.pid).bytes).toBeGreaterThan(copied.bytes);
  expect(copiedBy(process.pid).calls).toBeGreaterThan(copied.calls);
});

it('lists a tree with parents before children and nothing beside it', () => {
  const states = [state(9, 3), state(1, 0), state(3, 2), state(2, 1), state(4, 2), state(7, 1)];
  expect(descendants(2, states).map(({ pid }) => pid)).toEqual([2, 3, 9, 4]);
  expect(descendants(5, states)).toEqual([]);
});

it('sees this process and what it starts', async () => {
  const env = { OTHER_NAME: 'no', NAME: 'a=b' };
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { env });
  try {
    await once(child, 'spawn');
    const pid = child.pid!;
    expect(descendants(process.pid, processes()).map((one) => one.pid)).toContain(pid);
    expect(processState(pid)?.parent).toBe(process.pid);
    expect(residentBytes(process.pid)).toBeGreaterThan(1_000_000);
    expect(commandLine(process.pid)).toContain('jest');
    expect([startedWith(pid, 'NAME'), startedWith(pid, 'AME')]).toEqual(['a=b', '']);
  } finally {
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }
  expect(processState(child.pid!)).toBeUndefined();
  expect(residentBytes(child.pid!)).toBe(0);
  expect([preciseCpuUs(child.pid!), copiedBy(child.pid!).bytes]).toEqual([0, 0]);
});
