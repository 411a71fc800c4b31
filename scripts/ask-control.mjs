/**
 * ask-control.mjs SOCKET add|to N: asks the embedded cluster to scale and says what came of it.
 * Exit codes: 0 done, 3 nobody listens on the socket, 4 the cluster refused or failed.
 */
import { request } from 'node:http';

const [socketPath, how, number] = process.argv.slice(2);

try {
  const before = await ask('GET', '/status');
  const after = await ask('POST', `/modelhosts?${how}=${number}`);
  const names = after.modelhosts.map(({ id }) => id).join(', ');
  process.stdout.write(
    `embedded cluster: ${before.modelhosts.length} modelhosts before, ` +
      `${after.modelhosts.length} now: ${names}\n`,
  );
} catch (error) {
  if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') process.exit(3);
  process.stderr.write(`add-modelhost: ${error.message}\n`);
  process.exit(4);
}

/** The answer's body; rejects with the cluster's own words. Scaling takes as long as it takes. */
function ask(method, path) {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath, method, path, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => {
        const body = JSON.parse(text);
        if (response.statusCode === 200) resolve(body);
        else reject(new Error(body.error));
      });
    });
    asking.on('error', reject);
    asking.end();
  });
}
