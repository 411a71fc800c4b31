import { dueTimes } from './schedule';

it('spaces requests evenly, stage after stage', () => {
  const times = dueTimes([
    { ratePerSecond: 4, seconds: 1 },
    { ratePerSecond: 2, seconds: 1 },
  ]);
  expect([...times]).toEqual([0, 250, 500, 750, 1000, 1500]);
});
