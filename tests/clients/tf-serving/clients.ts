import { pythonDriver, type Check, type Client } from '../client';
import { tensorflowServingApi } from '../install/tensorflow-serving-api';
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
  { what: 'labels: status, metadata and predict of the version that has one' },
  { what: 'errors: status and message' },
];

const overGrpc: readonly Check[] = [
  { what: 'Predict: numbers, in lists and as bytes' },
  { what: 'Predict: several inputs by name, and the outputs that are asked for' },
  { what: 'Predict: strings' },
  { what: 'Predict: a version by number and by label' },
  { what: 'Predict: errors have their gRPC status' },
];

export const tfServing: readonly Client[] = [
  {
    tool: requests,
    variant: "TensorFlow Serving's REST interface",
    checks,
    drive: (target) => pythonDriver(requests, 'tf-serving/driver.py', { target, checks }),
  },
  {
    tool: tensorflowServingApi,
    variant: 'PredictionService',
    checks: overGrpc,
    drive: (target) =>
      pythonDriver(tensorflowServingApi, 'tf-serving/over_grpc.py', { target, checks: overGrpc }),
  },
];
