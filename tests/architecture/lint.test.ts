import {
  createSeededProject,
  sound,
  type Files,
  type SeededProject,
} from '../support/seeded-project';

describe('eslint', () => {
  const cases: readonly (readonly [rule: string, file: string, text: string])[] = [
    ['max-lines', 'core/long.ts', lines(251, (i) => `export const a${i} = ${i};`)],
    [
      'max-lines-per-function',
      'core/long.ts',
      `export function long(): number {\n  let sum = 0;\n${lines(41, (i) => `  sum += ${i};`)}  return sum;\n}\n`,
    ],
    [
      'max-params',
      'core/wide.ts',
      `export const f = (a: number, b: number, c: number, d: number, e: number): number => a + b + c + d + e;\n`,
    ],
    [
      'max-depth',
      'core/deep.ts',
      `export function deep(a: boolean): number {\n  if (a) {\n    while (a) {\n      if (a) {\n        if (a) return 1;\n      }\n    }\n  }\n  return 0;\n}\n`,
    ],
    [
      'complexity',
      'core/knot.ts',
      `export function knot(a: number): number {\n${lines(11, (i) => `  if (a === ${i}) return ${i + 1};`)}  return 0;\n}\n`,
    ],
    ['no-console', 'core/loud.ts', `console.log('loud');\n`],
    [
      'no-restricted-properties',
      'core/environment.ts',
      `export const home = process.env['HOME'];\n`,
    ],
    ['no-restricted-properties', 'core/mocked.test.ts', `jest.mock('./base');\n`],
    [
      '@typescript-eslint/switch-exhaustiveness-check',
      'core/switch.ts',
      `export function f(word: 'a' | 'b'): void {\n  switch (word) {\n    case 'a':\n      break;\n  }\n}\n`,
    ],
    [
      '@typescript-eslint/consistent-type-imports',
      'core/typed.ts',
      `import { URL } from 'node:url';\nexport type U = URL;\n`,
    ],
    [
      '@typescript-eslint/restrict-template-expressions',
      'core/template.ts',
      `export const f = (o: object): string => \`\${o}\`;\n`,
    ],
    [
      '@typescript-eslint/no-floating-promises',
      'core/promise.ts',
      `export function f(): void {\n  Promise.resolve();\n}\n`,
    ],
    [
      '@typescript-eslint/no-non-null-assertion',
      'core/sure.ts',
      `export const f = (a?: number): number => a!;\n`,
    ],
    [
      'Unused eslint-disable directive',
      'core/unused.ts',
      `// eslint-disable-next-line no-console\nexport const a = 1;\n`,
    ],
  ];

  const cased = cases.map(([rule, file, text], i) => {
    return [rule, file.replace('core/', `core/case-${i}/`), text] as const;
  });

  interface Finding {
    readonly filePath: string;
    readonly messages: readonly { ruleId: string | null; message: string; severity: number }[];
  }

  let project: SeededProject;
  const findings = new Map<string, string[]>();

  beforeAll(() => {
    project = createSeededProject();
    project.seed({
      ...(Object.fromEntries(cased.map(([, file, text]) => [file, text])) as Files),
      'serving/main.ts': `export const home = process.env['HOME'];\n`,
    });
    const { output } = project.run('eslint', '--format', 'json', '.');
    for (const { filePath, messages } of JSON.parse(output) as Finding[]) {
      const errors = messages.filter(({ severity }) => severity === 2);
      findings.set(
        project.nameOf(filePath),
        errors.map(({ ruleId, message }) => ruleId ?? message),
      );
    }
  });

  afterAll(() => {
    project.remove();
  });

  test('finds nothing in the sound files, and has looked at all of them', () => {
    for (const file of Object.keys(sound)) expect([file, findings.get(file)]).toEqual([file, []]);
  });

  test.each(cased)('catches what breaks %s in %s', (rule, file) => {
    expect(findings.get(file)?.join('\n')).toContain(rule);
  });

  test('the environment may be read in a main.ts', () => {
    expect(findings.get('serving/main.ts')).toEqual([]);
  });
});

function lines(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => `${line(i)}\n`).join('');
}
