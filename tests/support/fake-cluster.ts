import type { HostStatus, Scalable } from '../../embedded/cluster';

/** An embedded cluster that only counts its modelhosts. */
export class FakeCluster implements Scalable {
  hosts = 2;
  readonly asked: number[] = [];
  failure: Error | undefined;

  size(): number {
    return this.hosts;
  }

  status(): Promise<readonly HostStatus[]> {
    const one = (_: unknown, i: number): HostStatus => ({
      id: `host-${i + 1}`,
      pid: 1,
      ready: true,
    });
    return Promise.resolve(Array.from({ length: this.hosts }, one));
  }

  scale(to: number): Promise<void> {
    this.asked.push(to);
    if (this.failure !== undefined) return Promise.reject(this.failure);
    this.hosts = to;
    return Promise.resolve();
  }
}
