import { banner } from './banner';

const running = {
  url: 'http://127.0.0.1:8000/shoal',
  grpc: '127.0.0.1:8001',
  metricsUrl: 'http://127.0.0.1:8002',
  modelhosts: ['host-1', 'host-2'],
  models: ['digits', 'iris'],
  repository: './models',
};

test('says where it listens, what is served, and a line to try', () => {
  const text = banner(running);
  expect(text).toContain('http://127.0.0.1:8000/shoal\n');
  expect(text).toContain('http://127.0.0.1:8002/metrics/cluster');
  expect(text).toContain('gRPC        127.0.0.1:8001\n');
  expect(text).toContain('digits, iris');
  expect(text).toContain('curl http://127.0.0.1:8000/shoal/api/v1/models/iris/prediction');
});

test('where the system has chosen the port for gRPC it says who knows it', () => {
  expect(banner({ ...running, grpc: undefined })).toContain('the log of the inferrer says');
});

test('without models it says how to get one, without a right to list them why', () => {
  expect(banner({ ...running, models: [] })).toContain('copy a .onnx file into ./models');
  expect(banner({ ...running, models: undefined })).toContain('token');
});
