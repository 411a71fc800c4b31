/** `npm run build`: everything into dist/, the client for browsers as well. Uses nothing but Node. */
import { build, buildBrowserClient } from './prepare.mjs';

build();
buildBrowserClient();
