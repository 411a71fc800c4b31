import { createLogOutput } from './log-output';

describe('the output of a log', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** An output, and what has left it, one text for each write; each takes until `ends`. */
  function slowOutput() {
    const left: string[] = [];
    let kept = '';
    let writing = false;
    let drained = (): void => undefined;
    const output = createLogOutput({
      write: (line) => {
        kept += line;
      },
      flush: () => {
        if (writing) return;
        writing = true;
        if (kept !== '') left.push(kept);
        kept = '';
      },
      on: (_event, listener) => {
        drained = listener;
      },
    });
    const write = (line: string, level: number): void => {
      output.lastLevel = level;
      output.write(line);
    };
    const ends = (): void => {
      while (writing) {
        writing = false;
        drained();
      }
    };
    return { left, write, ends };
  }

  it('has a line leave at once, those that follow soon together, and a warning with them', () => {
    const { left, write, ends } = slowOutput();
    write('a', 30);
    expect(left).toEqual(['a']);
    ends();
    jest.advanceTimersByTime(50);
    write('b', 30);
    write('c', 30);
    expect(left).toEqual(['a']);
    jest.advanceTimersByTime(50);
    expect(left).toEqual(['a', 'bc']);
    ends();
    write('d', 30);
    write('e', 40);
    expect(left).toEqual(['a', 'bc', 'de']);
    ends();
    write('f', 30);
    jest.advanceTimersByTime(100);
    expect(left).toEqual(['a', 'bc', 'de', 'f']);
    ends();
    jest.advanceTimersByTime(1000);
    write('g', 30);
    expect(left).toEqual(['a', 'bc', 'de', 'f', 'g']);
  });

  it('has what was to leave during a write leave when that ends', () => {
    const { left, write, ends } = slowOutput();
    write('a', 40);
    write('b', 40);
    expect(left).toEqual(['a']);
    ends();
    expect(left).toEqual(['a', 'b']);
    jest.advanceTimersByTime(1000);
    write('c', 30);
    write('d', 30);
    jest.advanceTimersByTime(1000);
    expect(left).toEqual(['a', 'b', 'c']);
    ends();
    expect(left).toEqual(['a', 'b', 'c', 'd']);
  });
});
