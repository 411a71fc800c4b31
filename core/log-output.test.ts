import { createLogOutput } from './log-output';

describe('the output of a log', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** What has left, one text for each time. */
  function outputTo(left: string[]): (line: string, level: number) => void {
    let kept = '';
    const output = createLogOutput({
      write: (line) => {
        kept += line;
      },
      flush: () => {
        left.push(kept);
        kept = '';
      },
    });
    return (line, level) => {
      output.lastLevel = level;
      output.write(line);
    };
  }

  it('has a line leave at once, those that follow soon together, and a warning with them', () => {
    const left: string[] = [];
    const write = outputTo(left);
    write('a', 30);
    expect(left).toEqual(['a']);
    jest.advanceTimersByTime(50);
    write('b', 30);
    write('c', 30);
    expect(left).toEqual(['a']);
    jest.advanceTimersByTime(50);
    expect(left).toEqual(['a', 'bc']);
    write('d', 30);
    write('e', 40);
    expect(left).toEqual(['a', 'bc', 'de']);
    write('f', 30);
    jest.advanceTimersByTime(100);
    expect(left).toEqual(['a', 'bc', 'de', 'f']);
    jest.advanceTimersByTime(1000);
    write('g', 30);
    expect(left).toEqual(['a', 'bc', 'de', 'f', 'g']);
  });
});
