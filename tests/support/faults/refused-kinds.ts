import { addSubCall } from '../add-sub-call';
import type { Reply } from '../ask';
import type { Asked } from './request-kind';

export async function unknownModel({ post, seed }: Asked): Promise<void> {
  const { body } = addSubCall(seed);
  expectRefusal(await post('/v2/models/nobody/infer', { body }), 404, 'unknown_model');
}

export async function wrongShape({ post }: Asked): Promise<void> {
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [3], data: [1, 2, 3] }];
  expectRefusal(
    await post('/v2/models/narrow/infer', { body: { inputs } }),
    400,
    'invalid_request',
  );
}

export async function noJson({ post }: Asked): Promise<void> {
  expectRefusal(
    await post('/v2/models/add-sub/infer', { body: 'no object' }),
    400,
    'invalid_request',
  );
}

export async function noValues({ post }: Asked): Promise<void> {
  expectRefusal(await post('/api/v1/models/iris/prediction', { body: {} }), 422, 'invalid_request');
}

export function expectRefusal(reply: Reply, status: number, code: string): void {
  const found = reply.status === status && reply.text.includes(`"code":"${code}"`);
  if (!found)
    throw new Error(`wanted ${status} ${code}, came ${reply.status} ${reply.text.slice(0, 300)}`);
}
