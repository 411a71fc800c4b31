import { manage, upload } from './uploads';

const changes = [
  ['POST', 'default', { default: 1 }],
  ['PUT', 'labels/fresh', { version: 2 }],
  ['PUT', 'variants', { variants: [{ version: 1, weight: 1 }] }],
] as const;

/** Uploads two versions of the file and says everything of them that a repository is to keep. */
export async function fillRegistry(url: string, model: string, file: string): Promise<void> {
  for (const rows of [8, 16]) {
    const fields = { config: `{"max_batch_size": ${rows}}`, model_description: 'ours' };
    const { status, body } = await upload(url, model, file, { fields });
    expect([status, body]).toEqual([201, expect.objectContaining({ model })]);
  }
  for (const [method, path, body] of changes) {
    expect((await manage(url, method, `/api/v1/models/${model}/${path}`, body)).status).toBe(200);
  }
}

/** All models, and what `fillRegistry` has said of one. */
export async function registryAt(url: string, model: string): Promise<unknown> {
  const paths = ['information', `${model}/labels`, `${model}/variants`];
  const told = paths.map((path) => manage(url, 'GET', `/api/v1/models/${path}`));
  const [models, ...its] = (await Promise.all(told)).map(({ body }) => body);
  expect(its).toMatchObject([{ labels: { fresh: 2 } }, { variants: [{ version: 1 }] }]);
  return models;
}
