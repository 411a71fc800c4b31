import { affinity } from './affinity';

const keys = Array.from({ length: 10_000 }, (_, number) => `model-${number}:1`);

function chosen(hosts: readonly string[], key: string): string {
  return hosts.reduce((best, host) => (affinity(host, key) > affinity(best, key) ? host : best));
}

describe('affinity', () => {
  test('spreads keys evenly', () => {
    const hosts = ['h1', 'h2', 'h3', 'h4'];
    const counts = hosts.map((host) => keys.filter((key) => chosen(hosts, key) === host).length);
    for (const count of counts) expect(Math.abs(count - 2500)).toBeLessThan(200);
  });

  test('a host that leaves moves its own keys only', () => {
    const stay = ['h1', 'h2'];
    const moved = keys.filter((key) => chosen([...stay, 'h3'], key) !== chosen(stay, key));
    expect(moved.every((key) => chosen([...stay, 'h3'], key) === 'h3')).toBe(true);
    expect(moved.length).toBeGreaterThan(3000);
  });
});
