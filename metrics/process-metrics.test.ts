import { createCpuUsage } from './process-metrics';

describe('cpu usage', () => {
  it('is processor time over time since the last look, in percent of one core', () => {
    let cpu = 1000;
    let now = 0;
    const usage = createCpuUsage(
      () => cpu,
      () => now,
    );
    expect(usage()).toBe(0);
    cpu += 250_000;
    now += 1000;
    expect(usage()).toBe(25);
    now += 1000;
    expect(usage()).toBe(0);
    cpu += 4_000_000;
    now += 2000;
    expect(usage()).toBe(200);
  });
});
