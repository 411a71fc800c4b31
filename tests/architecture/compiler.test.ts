import { createSeededProject, type Files, type SeededProject } from '../support/seeded-project';

describe('tsconfig', () => {
  const cases: readonly (readonly [option: string, code: string, text: string])[] = [
    ['strict', 'TS7006', `export const f = (a) => String(a);\n`],
    ['noUncheckedIndexedAccess', 'TS2322', `export const f = (a: number[]): number => a[0];\n`],
    [
      'exactOptionalPropertyTypes',
      'TS2375',
      `export const o: { a?: number } = { a: undefined };\n`,
    ],
    [
      'noImplicitOverride',
      'TS4114',
      `export class A {\n  f(): void {}\n}\nexport class B extends A {\n  f(): void {}\n}\n`,
    ],
    ['noImplicitReturns', 'TS7030', `export function f(a: boolean) {\n  if (a) return 1;\n}\n`],
    [
      'noFallthroughCasesInSwitch',
      'TS7029',
      `export function f(a: number): number {\n  let b = 0;\n  switch (a) {\n    case 1:\n      b = 2;\n    case 2:\n      b += 1;\n  }\n  return b;\n}\n`,
    ],
    [
      'noPropertyAccessFromIndexSignature',
      'TS4111',
      `export const f = (a: Record<string, number>) => a.b;\n`,
    ],
    ['noUnusedLocals', 'TS6133', `const unused = 1;\nexport {};\n`],
    ['noUnusedParameters', 'TS6133', `export const f = (unused: number): number => 1;\n`],
    ['isolatedModules', 'TS1205', `export { A } from './a';\n`],
    ['erasableSyntaxOnly', 'TS1294', `export enum E {\n  A,\n}\n`],
  ];

  let project: SeededProject;
  let output: string;

  beforeAll(() => {
    project = createSeededProject();
    const files = cases.map(([option, , text]) => [`core/${option}/case.ts`, text]);
    project.seed({
      ...(Object.fromEntries(files) as Files),
      'core/isolatedModules/a.ts': `export interface A {\n  a: 1;\n}\n`,
    });
    output = project.run('tsc', '-p', '.', '--noEmit', '--incremental', 'false').output;
  });

  afterAll(() => {
    project.remove();
  });

  test.each(cases)('%s is on: %s', (option, code) => {
    const line = new RegExp(`core/${option}/case\\.ts\\(\\d+,\\d+\\): error ${code}`);
    expect(output).toMatch(line);
  });

  test('nothing is wrong with the sound files', () => {
    const wrong = output
      .split('\n')
      .filter((line) => line.includes('error TS') && !line.includes('/case.ts'));
    expect(wrong).toEqual([]);
  });
});
