/**
 * Lints OpenAPI documents as `redocly lint` does; prints what is wrong with each as JSON. The documents
 * come as a JSON list on stdin. A program of its own, as the linter is a module that tests cannot load.
 */
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { text } from 'node:stream/consumers';

const config = await createConfig({
  extends: ['recommended-strict'],
  rules: {
    // Tags say what they are.
    'tag-description': 'off',
    // Routes that other servers have and we do not answer 501 only.
    'operation-2xx-response': 'off',
    // FRACTAL has /modelhost/models/{model} and /modelhost/{model}/information.
    'no-ambiguous-paths': 'off',
  },
});
const documents = JSON.parse(await text(process.stdin));
const wrong = [];
for (const document of documents) {
  const source = JSON.stringify(document);
  const problems = await lintFromString({ source, absoluteRef: '/openapi.json', config });
  wrong.push(
    problems.map(
      ({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`,
    ),
  );
}
process.stdout.write(JSON.stringify(wrong));
