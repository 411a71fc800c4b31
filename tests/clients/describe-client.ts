import { describeWhere } from '../support/describe-where';
import { titleOf, waysOf, type Check, type Client, type Target, type Way } from './client';
import { drive, type Driven } from './drivers';
import { isInstalled } from './install/tool';

/** The checks of one client on one way, each a test; the driver runs once, before them. */
export function describeClient(client: Client, way: Way, target: () => Target): void {
  const checks = client.checks.filter((check) => waysOf(check).includes(way));
  if (checks.length === 0) return;
  const { name, version } = client.tool;
  const missing = isInstalled(client.tool) ? undefined : `${name} ${version} is not installed`;
  describeWhere(missing, titleOf(client), () => {
    let driven: Driven = { lines: [], rest: 'the driver was not run' };

    beforeAll(async () => {
      driven = await drive(client.drive(target()));
    });

    test.each(checks.map((check): [string, Check] => [check.what, check]))('%s', (what) => {
      const line = driven.lines.find((one) => one.what === what);
      if (line === undefined) throw new Error(`the driver says nothing of it:\n${driven.rest}`);
      if (!line.ok) throw new Error(line.detail);
    });

    test('nothing is tried that is not listed', () => {
      const listed = new Set(checks.map(({ what }) => what));
      expect(driven.lines.map(({ what }) => what).filter((what) => !listed.has(what))).toEqual([]);
    });
  });
}
