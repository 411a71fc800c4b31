import { hostsThatAnswered } from './answers';
import type { Target, Way } from './client';
import { describeClient } from './describe-client';
import type { StartedWay } from './running';
import { startWay } from './started-way';
import { partsIn, wantedClients } from './wanted';

/** The clients that `CLIENTS` names on one way. A file of tests has one way: files run side by side. */
export function describeWay(way: Way): void {
  describe(way, () => {
    const parts = partsIn(process.env['CLIENTS']);
    let started: StartedWay | undefined;

    beforeAll(async () => {
      started = await startWay(way);
    });

    afterAll(() => started?.stop());

    for (const client of wantedClients(parts)) {
      describeClient(client, way, () => started!.target);
    }
    // Where only some clients are run, they may ask too little for both hosts to be asked.
    if (parts.length === 0 && way !== 'modelhost') testHosts(() => started!.target);
  });
}

/** What all clients have asked for went to both modelhosts, so that what they saw is seen of a cluster. */
function testHosts(target: () => Target): void {
  test.each(['oip', 'grpc'])('both modelhosts have answered: %s', async (dialect) => {
    expect([...(await hostsThatAnswered(target(), dialect))]).toHaveLength(2);
  });
}
