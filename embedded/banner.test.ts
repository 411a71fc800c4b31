import { banner } from './banner';

const running = {
  url: 'http://127.0.0.1:8000/shoal',
  metricsUrl: 'http://127.0.0.1:8002',
  modelhosts: ['host-1', 'host-2'],
  models: ['digits', 'iris'],
  repository: './models',
};

test('says where it listens, what is served, and a line to try', () => {
  const text = banner(running);
  expect(text).toContain('http://127.0.0.1:8000/shoal\n');
  expect(text).toContain('http://127.0.0.1:8002/metrics/cluster');
  expect(text).toContain('digits, iris');
  expect(text).toContain('curl http://127.0.0.1:8000/shoal/api/v1/models/iris/prediction');
});

test('without models it says how to get one, without a right to list them why', () => {
  expect(banner({ ...running, models: [] })).toContain('copy a .onnx file into ./models');
  expect(banner({ ...running, models: undefined })).toContain('token');
});
