import { withClassLabels } from './class-labels';
import { configFromText } from './config-files';

const source = configFromText(
  'output [ { name: "y" label_filename: "labels.txt" }, { name: "z" } ]',
  'config.pbtxt',
);

function reads(files: Readonly<Record<string, string>>) {
  return (name: string): Promise<string | undefined> => Promise.resolve(files[name]);
}

describe('withClassLabels', () => {
  test('a line for each class, whatever ends it', async () => {
    const read = await withClassLabels(source, reads({ 'labels.txt': 'cat\r\n\ndog\n' }));
    expect(read).toEqual({ ...source, classLabels: { y: ['cat', '', 'dog'] } });
  });

  test('a configuration without label files is left as it is', async () => {
    const plain = configFromText('max_batch_size: 4', 'config.pbtxt');
    expect(await withClassLabels(plain, reads({}))).toBe(plain);
    expect(await withClassLabels(undefined, reads({}))).toBeUndefined();
  });

  test('a file that is not there, or is too long, is a fault of the model', async () => {
    await expect(withClassLabels(source, reads({}))).rejects.toThrow(/no file 'labels.txt'/);
    const long = reads({ 'labels.txt': 'x'.repeat(256 * 1024 + 1) });
    await expect(withClassLabels(source, long)).rejects.toThrow(/at most 262144 characters/);
  });

  test('only plain names are taken', () => {
    const text = 'output [ { name: "y" label_filename: "../labels.txt" } ]';
    expect(() => configFromText(text, 'config.pbtxt')).toThrow(/label_filename: wanted a plain/);
  });
});
