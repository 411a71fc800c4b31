import { overloadTable, overloadTitle } from './overload-table';

const run = {
  capacity: 200,
  deadlineMs: 500,
  steps: [
    {
      times: 3,
      load: {
        seconds: 10,
        sent: 6000,
        good: 1800,
        refused: 4200,
        late: 0,
        failed: 0,
        p50Ms: 300,
        p99Ms: 480,
        refusedP99Ms: 2,
        longestWaitMs: 490,
        longestPauseMs: 20,
      },
      ofPeak: 0.95,
      health: { asked: 200, failed: 0, p50Ms: 1, longestMs: 9 },
      recoveredMs: 0,
      generatorShare: 0.05,
    },
  ],
};

it('says what a second of it was like', () => {
  expect(overloadTitle(run)).toBe('Overload: capacity 200 req/s, deadline 500 ms');
  const [, line] = overloadTable(run).split('\n');
  const cells = ['3', '600', '180', '0.950', '70.0', '0.000', '0', '300', '480', '2.00'];
  expect(line!.split(/\s+/)).toEqual([...cells, '1.00', '9.00', '0.000', '0.050']);
});
