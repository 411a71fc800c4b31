import { driverIn, pythonDriver, type Check, type Client, type Way } from '../client';
import { openapiGenerator, openapiGeneratorJar } from '../install/openapi-generator';
import { pythonOf } from '../install/python-tool';
import { kserve, schemathesis } from '../install/tools';

/** Not the edge, which refuses some routes by itself. */
const documents: readonly Way[] = ['direct', 'nginx', 'npm start', 'modelhost'];

const fuzzed: readonly Check[] = [
  {
    what: 'every operation of /openapi.json: no 5xx, no undocumented status, type or body',
    ways: documents,
  },
  {
    what: "every operation of the metrics service's /openapi.json, in the same way",
    ways: ['npm start'],
  },
];

const generated: readonly Check[] = [
  { what: 'a client in Python is made from /openapi.json' },
  { what: 'infer: the answer has the values that were sent' },
  { what: "FRACTAL's prediction and TensorFlow Serving's predict give the same" },
  { what: 'metadata, configuration, readiness and statistics of a model' },
  { what: "the server's metadata and health" },
  { what: 'repository index, unload and load' },
  { what: 'errors are the exceptions of their statuses, with the one error body' },
];

/** The last: what takes models away is asked for, too, if of a model of its own. */
export const openApiClients: readonly Client[] = [
  {
    tool: openapiGenerator,
    checks: generated,
    // What is generated needs packages that KServe's client needs, too.
    drive: (target) =>
      driverIn(pythonOf(kserve), 'openapi/generated.py', {
        target,
        checks: generated,
        told: { jar: openapiGeneratorJar() },
      }),
  },
  {
    tool: schemathesis,
    checks: fuzzed,
    drive: (target) =>
      pythonDriver(schemathesis, 'openapi/fuzz.py', {
        target,
        checks: fuzzed,
        told: { seed: process.env['SEED'] ?? '1' },
      }),
  },
];
