import { readFileSync } from 'node:fs';
import { parseOptions, setNames, usage } from './options';
import { scenarios } from './scenarios';

const all = scenarios.map(({ name }) => name);

describe('parseOptions', () => {
  it('measures bare and all scenarios when nothing is asked for', () => {
    const options = parseOptions([]);
    expect(options).toMatchObject({ bare: true, sets: [], scenarios: all });
    expect(options).toMatchObject({ hosts: [2], nginx: false });
    expect(scenarios.map(options.connectionsOf)).toEqual(
      scenarios.map(({ connections }) => connections),
    );
  });

  it('does less in a hurry, but something of every scenario', () => {
    const options = parseOptions(['--quick']);
    expect(options).toMatchObject({ bare: false, sets: [], scenarios: all });
    for (const scenario of scenarios) {
      const [few, many] = [options.connectionsOf(scenario), scenario.connections];
      expect(few.length).toBeGreaterThan(0);
      expect(many).toEqual(expect.arrayContaining([...few]));
    }
  });

  it('measures what is named only', () => {
    expect(parseOptions(['memory', 'tiny-json'])).toMatchObject({
      bare: false,
      sets: ['memory'],
      scenarios: ['tiny-json'],
    });
  });

  it('takes single options over those of --quick', () => {
    const options = parseOptions(['--quick', '--rounds', '5', '--connections', '2,16']);
    expect(options.effort).toMatchObject({ rounds: 5, seconds: 1 });
    expect(options.connectionsOf(scenarios[0]!)).toEqual([2, 16]);
  });

  it.each([[[]], [['--quick']]])('warms up for long, in a hurry as well: %j', (args) => {
    expect(parseOptions(args).effort.warmUpSeconds).toBe(10);
    expect(parseOptions([...args, '--warm-up', '3']).effort.warmUpSeconds).toBe(3);
  });

  it('takes sizes of clusters, and nginx beside them', () => {
    const options = parseOptions(['tiny-json', '--hosts', '1,4', '--nginx']);
    expect(options).toMatchObject({ hosts: [1, 4], nginx: true, sets: [] });
  });

  it.each([
    [['tiny-jsn'], 'Unknown: tiny-jsn. Known are bare, scale, costs, changes, '],
    [['--rounds', '0'], '--rounds: wanted a whole number from 1, found "0".'],
    [['--seconds', '1.5'], '--seconds: wanted a whole number from 1, found "1.5".'],
    [['--warm-up', '0'], '--warm-up: wanted a whole number from 1, found "0".'],
    [['--connections', '1,,8'], '--connections: wanted a whole number from 1, found "".'],
    [['--hosts', '1,x'], '--hosts: wanted a whole number from 1, found "x".'],
    [['--fast'], "Unknown option '--fast'"],
  ])('refuses %j in words', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });

  it('is told by the usage what there is', () => {
    for (const name of [...all, ...setNames]) expect(usage).toContain(name);
  });

  it.each(setNames)('%s is explained in docs/performance.md', (name) => {
    const text = readFileSync('docs/performance.md', 'utf8');
    expect(text).toMatch(new RegExp(`^\`${name}\`: `, 'm'));
    expect(text).toContain(`npm run bench -- ${name}`);
  });
});
