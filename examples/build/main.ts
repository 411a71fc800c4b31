import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { heldOut } from './digits';
import { exampleModels } from './models';
import { digitPicture } from './picture';
import { readTable } from './table';

/**
 * Writes models/<name>/1/model.onnx of every example model and pictures/seven.png below the
 * directory given, or in their place.
 */
function main(directory = 'examples'): void {
  for (const [name, build] of Object.entries(exampleModels('examples/data'))) {
    write(path.join(directory, 'models', name, '1', 'model.onnx'), build());
  }
  const seven = readTable('examples/data/digits.csv').find(
    ({ label }, index) => label === '7' && heldOut(index),
  );
  write(path.join(directory, 'pictures', 'seven.png'), digitPicture(seven?.values ?? []));
}

function write(file: string, bytes: Buffer): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  process.stdout.write(`${file}: ${bytes.length} bytes\n`);
}

main(process.argv[2]);
