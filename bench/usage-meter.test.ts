import { readResident, readUsage, usagePerRequest, type Usage } from './usage-meter';

function usage(name: string, pid: number, used: number): Usage {
  return { name, pid, cpuUs: used, kernelUs: used / 5, copiedBytes: used * 2, calls: used / 10 };
}

it('divides what was used in between by requests, also of a process that began anew', () => {
  const before = [usage('inferrer', 1, 1_000_000), usage('runner', 2, 900_000)];
  const after = [usage('inferrer', 1, 3_000_000), usage('runner', 3, 100_000)];
  expect(usagePerRequest(before, after, 1000)).toEqual({
    cpuUs: { inferrer: 2000, runner: 100 },
    kernelUs: { inferrer: 400, runner: 20 },
    copiedBytes: { inferrer: 4000, runner: 200 },
    calls: { inferrer: 200, runner: 10 },
  });
});

it('counts a number that another process has taken over from its start', () => {
  const used = usagePerRequest([usage('runner', 2, 900)], [usage('runner', 2, 100)], 10);
  expect(used.cpuUs).toEqual({ runner: 10 });
});

it('adds up processes of one name, whoever of them has ended', () => {
  const before = [usage('edge', 1, 100), usage('edge', 2, 5000), usage('edge', 3, 10)];
  const after = [usage('edge', 1, 200), usage('edge', 3, 60), usage('edge', 4, 50)];
  expect(usagePerRequest(before, after, 100).cpuUs).toEqual({ edge: 2 });
});

it('reads what runs', () => {
  const self = [
    { name: 'self', pid: process.pid },
    { name: 'self', pid: process.pid },
  ];
  const [usage] = readUsage(self);
  expect(usage).toMatchObject({ name: 'self', pid: process.pid });
  expect(usage!.cpuUs).toBeGreaterThan(0);
  expect(readUsage([])).toMatchObject([{ name: 'wrk' }]);
  expect(readResident(self)['self']).toBeGreaterThan(1_000_000);
});
