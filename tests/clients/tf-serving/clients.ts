import { pythonDriver, type Check, type Client } from '../client';
import { requests } from '../install/tools';

const checks: readonly Check[] = [
  { what: 'status of a model, and of a version' },
  { what: 'metadata: the signature serving_default' },
  { what: 'predict: rows of one input' },
  { what: 'predict: columns of one input' },
  { what: 'predict: rows and columns of several inputs by name' },
  { what: 'predict: strings, also as b64' },
  { what: 'classify: labels and scores of each example' },
  { what: 'regress: a number for each example' },
  { what: 'errors: status and message' },
];

export const tfServing: Client = {
  tool: requests,
  variant: "TensorFlow Serving's REST interface",
  checks,
  drive: (target) => pythonDriver(requests, 'tf-serving/driver.py', { target, checks }),
};
