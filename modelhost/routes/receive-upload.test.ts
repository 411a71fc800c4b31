import { EventEmitter } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { Request, Response } from 'express';
import { tar } from '../../tests/support/archives';
import { temporaryDirectory } from '../../tests/support/small-models';
import { createInbox, type Inbox } from '../upload/inbox';
import { receiveUpload } from './receive-upload';

describe('who uploads an archive and goes away', () => {
  const root = temporaryDirectory();

  /** Names of the files that were received, when the connection closes before so many. */
  async function received(closesAt: number): Promise<[string[], unknown]> {
    const directory = path.join(root, 'inbox');
    mkdirSync(directory);
    const discard = (): Promise<void> => {
      rmSync(directory, { recursive: true });
      return Promise.resolve();
    };
    const inbox = createInbox({ directory, discard }, 20);
    const response = new EventEmitter();
    const names: string[] = [];
    const watched: Inbox = {
      ...inbox,
      async receive(name, source, budget) {
        if (names.length === closesAt) response.emit('close');
        const file = await inbox.receive(name, source, budget);
        names.push(name);
        return file;
      },
    };
    const parts = ['model.onnx', 'a', 'b', 'c'].map((name) => ({ name, data: 'x' }));
    const body = Readable.from([tar(parts)]);
    const request = Object.assign(body, { headers: {}, is: () => false });
    const limits = { maxBytes: 100_000, maxFiles: 10 };
    const told = await receiveUpload(
      request as unknown as Request,
      response as unknown as Response,
      watched,
      limits,
    ).catch((error: unknown) => error);
    expect(response.listenerCount('close')).toBe(0);
    await inbox.discard();
    return [names, told];
  }

  test('has no more of it unpacked', async () => {
    const [names, told] = await received(3);
    expect(names).toEqual(['model.onnx', 'model.onnx', 'a']);
    expect(told).toMatchObject({ code: 'client_closed' });
  });

  test('only then', async () => {
    const [names, told] = await received(-1);
    expect(names).toEqual(['model.onnx', 'model.onnx', 'a', 'b', 'c']);
    expect(told).toMatchObject({ gathered: { files: expect.any(Array) as unknown } });
  });
});
