import { parseBatchRows, rowsPerBatch } from './batch-rows';

const metrics = `# HELP shoal_batch_rows Rows of the batches that were sent to hosts.
# TYPE shoal_batch_rows histogram
shoal_batch_rows_bucket{model="a",version="1",le="1"} 7
shoal_batch_rows_sum{model="a",version="1"} 90
shoal_batch_rows_count{model="a",version="1"} 10
shoal_batch_rows_sum{model="a",version="2"} 30
shoal_batch_rows_count{model="a",version="2"} 5
shoal_batch_rows_sum{model="a-b",version="1"} 1000
shoal_batch_rows_count{model="a-b",version="1"} 1000
`;

it('adds up the versions of one model', () => {
  expect(parseBatchRows(metrics, 'a')).toEqual({ rows: 120, batches: 15 });
  expect(parseBatchRows(metrics, 'b')).toEqual({ rows: 0, batches: 0 });
});

it('means the batches in between', () => {
  const before = { rows: 120, batches: 15 };
  expect(rowsPerBatch(before, { rows: 160, batches: 20 })).toBe(8);
  expect(rowsPerBatch(before, before)).toBeNull();
});
