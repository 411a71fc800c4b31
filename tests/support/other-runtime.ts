import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface OtherRuntime {
  readonly directory: string;
  readonly release: string;
  /** The model files that were loaded with it. */
  loaded(): string[];
}

/** What goes by the name of the runtime's package, with this code. */
export function writePackage(directory: string, description: object, code: string): string {
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, 'package.json'), JSON.stringify(description));
  writeFileSync(path.join(directory, 'index.js'), code);
  return directory;
}

/** Another release of the runtime: the one that is there, under another number. */
export function writeOtherRuntime(directory: string): OtherRuntime {
  const description = { name: 'onnxruntime-node', version: '0.22.1' };
  const notes = path.join(directory, 'loaded');
  const code = `
    const own = require(${JSON.stringify(path.resolve('node_modules/onnxruntime-node'))});
    const { appendFileSync } = require('node:fs');
    const create = (model, ...rest) => {
      appendFileSync(${JSON.stringify(notes)}, model + '\\n');
      return own.InferenceSession.create(model, ...rest);
    };
    module.exports = { InferenceSession: { create }, Tensor: own.Tensor };`;
  return {
    directory: writePackage(directory, description, code),
    release: description.version,
    loaded: () => (existsSync(notes) ? readFileSync(notes, 'utf8').trim().split('\n') : []),
  };
}
