import { parseOptions, usage } from './options';
import { scenarios } from './scenarios';

const all = scenarios.map(({ name }) => name);

describe('parseOptions', () => {
  it('measures everything but memory when nothing is asked for', () => {
    const options = parseOptions([]);
    expect(options).toMatchObject({ bare: true, memory: false, scenarios: all });
    expect(scenarios.map(options.connectionsOf)).toEqual(
      scenarios.map(({ connections }) => connections),
    );
  });

  it('does less in a hurry, but something of every scenario', () => {
    const options = parseOptions(['--quick']);
    expect(options).toMatchObject({ bare: false, memory: false, scenarios: all });
    for (const scenario of scenarios) {
      const [few, many] = [options.connectionsOf(scenario), scenario.connections];
      expect(few.length).toBeGreaterThan(0);
      expect(many).toEqual(expect.arrayContaining([...few]));
    }
  });

  it('measures what is named only', () => {
    expect(parseOptions(['memory', 'tiny-json'])).toMatchObject({
      bare: false,
      memory: true,
      scenarios: ['tiny-json'],
    });
  });

  it('takes single options over those of --quick', () => {
    const options = parseOptions(['--quick', '--rounds', '5', '--connections', '2,16']);
    expect(options.effort).toEqual({ rounds: 5, seconds: 1, warmupSeconds: 1 });
    expect(options.connectionsOf(scenarios[0]!)).toEqual([2, 16]);
  });

  it.each([
    [['tiny-jsn'], 'Unknown: tiny-jsn. Known are bare, memory, tiny-json'],
    [['--rounds', '0'], '--rounds: wanted a whole number from 1, found "0".'],
    [['--seconds', '1.5'], '--seconds: wanted a whole number from 1, found "1.5".'],
    [['--connections', '1,,8'], '--connections: wanted a whole number from 1, found "".'],
    [['--fast'], "Unknown option '--fast'"],
  ])('refuses %j in words', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });

  it('is told by the usage what there is', () => {
    for (const name of all) expect(usage).toContain(name);
  });
});
