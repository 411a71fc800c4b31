/** `npm run bench [-- SCENARIO...]`: measures; see bench/. */
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';

prepare();
await import(pathToFileURL(join(root, 'dist/bench/main.js')).href);
