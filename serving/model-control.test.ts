import { ShoalError } from '../core/errors';
import type { ModelControl } from '../protocol/control/model-control';
import { allowedControl, loadBodyBytes, loadLimit, type ModelControlMode } from './model-control';

const override = { config: '{}', files: new Map<string, Buffer>() };

test.each<[ModelControlMode, readonly boolean[]]>([
  ['off', [false, false, false]],
  ['load', [true, false, true]],
  ['override', [true, true, true]],
])(
  'MODEL_CONTROL=%s lets load, load with a configuration and unload pass: %j',
  async (mode, passes) => {
    const calls: ModelControl = { load: () => Promise.resolve(), unload: () => Promise.resolve() };
    const control = allowedControl(mode, calls);
    const outcomes = await Promise.allSettled([
      control.load('m', null, ''),
      control.load('m', override, ''),
      control.unload('m', ''),
    ]);
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual(passes);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({ code: 'unsupported' });
    }
  },
);

test('a load that fails says so in front of why, with all that the error has', async () => {
  const details = { retryAfter: 2, fields: { hosts: ['a'] } };
  const why = new ShoalError('model_rejected', 'The model is no ONNX.', details);
  const load = (thrown: Error) => () => Promise.reject(thrown);
  const unload = () => Promise.resolve();
  const failing = (thrown: Error) => allowedControl('load', { load: load(thrown), unload });
  await expect(failing(why).load('m', null, '')).rejects.toMatchObject({
    code: 'model_rejected',
    message: "failed to load 'm': The model is no ONNX.",
    details,
  });
  const fault = new Error('a fault of ours');
  await expect(failing(fault).load('m', null, '')).rejects.toBe(fault);
});

test('a body has room for the largest upload in base64', () => {
  expect(loadBodyBytes(300)).toBeGreaterThan(Buffer.alloc(300).toString('base64').length);
  expect(loadBodyBytes(64_000_000_000)).toBeLessThan(2 ** 29);
});

test('only calls that may bring files may be as long as files', () => {
  const limit = (MODEL_CONTROL: ModelControlMode) =>
    loadLimit({ MODEL_CONTROL, UPLOAD_MAX_BYTES: 300 });
  expect(limit('off')).toEqual({});
  expect(limit('load')).toEqual({});
  expect(limit('override')).toEqual({ loadBodyBytes: loadBodyBytes(300) });
});
