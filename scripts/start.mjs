/** `npm start`: the whole cluster on this machine; see embedded/. */
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';

prepare();
await import(pathToFileURL(join(root, 'dist/embedded/main.js')).href);
