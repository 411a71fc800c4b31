import { Replacements } from './replacements';

test('one at a time', () => {
  const subject = new Replacements(10);
  expect(subject.begin(0)).toBe(true);
  expect(subject.begin(1000)).toBe(false);
  subject.end(1000);
  expect(subject.begin(1009)).toBe(false);
  expect(subject.begin(1010)).toBe(true);
});

test('pauses double while it goes on, and begin anew after a long rest', () => {
  const subject = new Replacements(10);
  const begun: number[] = [];
  for (let now = 0; now < 200; now += 1) {
    if (!subject.begin(now)) continue;
    begun.push(now);
    subject.end(now);
  }
  expect(begun).toEqual([0, 10, 30, 70, 150]);
  expect(subject.begin(150 + 1600)).toBe(true);
  subject.end(1750);
  expect(subject.begin(1760)).toBe(true);
});
