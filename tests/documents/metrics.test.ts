import { readFileSync } from 'node:fs';
import { Metrics } from '../../metrics/metrics';
import { vocabulary, type MetricRow } from '../../metrics/vocabulary';
import { code, fencesOf, readDocument, tableUnder } from '../support/markdown';

const file = 'docs/metrics.md';
const rows: Readonly<Record<string, MetricRow>> = vocabulary;

describe(file, () => {
  it('has every metric with type, labels and help, and no other', () => {
    const found = tableUnder(readDocument(file), 'All metrics').map(([name = '', ...cells]) => [
      code(name),
      ...cells,
    ]);
    const wanted = Object.entries(rows).map(([name, { type, labels, help }]) => [
      name,
      type,
      labels.length === 0 ? 'none' : labels.map((label) => `\`${label}\``).join(', '),
      help,
    ]);
    expect(found.sort()).toEqual(wanted.sort());
  });

  it("has every one of Triton's names", () => {
    const source = readFileSync('metrics/triton.ts', 'utf8');
    const wanted = [...source.matchAll(/'(nv_[a-z_]+)'/g)].map(([, name]) => name);
    const found = tableUnder(readDocument(file), "Triton's names").map(([name = '']) => code(name));
    expect(wanted.length).toBeGreaterThan(3);
    expect(found.sort()).toEqual(wanted.sort());
  });

  it('asks only for metrics that there are', async () => {
    const queries = fencesOf(readDocument(file)).filter(({ language }) => language === 'promql');
    expect(queries.length).toBeGreaterThan(3);
    const exposed = await new Metrics({ role: 'inferrer', version: '1' }).write('text');
    const parts = /_(bucket|sum|count)$/;
    for (const { text } of queries) {
      for (const [name] of text.matchAll(/\b(shoal|nodejs|process)_[a-z_]+/g)) {
        const known =
          name in rows || name.replace(parts, '') in rows || exposed.includes(`# TYPE ${name} `);
        expect([name, known]).toEqual([name, true]);
      }
    }
  });
});
