import { driverIn, type Check, type Client } from '../client';
import { openapiGenerator, openapiGeneratorJar } from '../install/openapi-generator';
import { pythonOf } from '../install/python-tool';
import { kserve } from '../install/tools';

const checks: readonly Check[] = [
  { what: 'a client in Python is made from /openapi.json and infers', ways: ['direct'] },
];

/** What is generated needs packages that KServe's client needs, too. */
export const generatedClient: Client = {
  tool: openapiGenerator,
  checks,
  drive: (target) =>
    driverIn(pythonOf(kserve), 'openapi/generated.py', {
      target,
      checks,
      told: { jar: openapiGeneratorJar() },
    }),
};
