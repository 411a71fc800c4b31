import path from 'node:path';
import { pythonTool } from './python-tool';
import type { Tool } from './tool';

const version = '2.21.0';
const environment = pythonTool('tensorflow-serving-api', version);

/**
 * TensorFlow Serving's client without TensorFlow, of which it imports the messages only: these come of
 * another package, which also has older ones of the client's own names, so that the client comes second.
 */
export const tensorflowServingApi: Tool = {
  ...environment,
  recipe: `${environment.recipe}then ${version}`,
  async install(folder, run) {
    await environment.install(folder, run);
    const python = path.join(folder, 'bin/python');
    const wanted = `${environment.name}==${version}`;
    await run(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', wanted]);
  },
};
