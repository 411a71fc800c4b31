import { pythonDriver, ways, type Check, type Client } from '../client';
import { boto3 } from '../install/tools';

const each: readonly Check[] = [
  { what: 'invoke_endpoint: JSON by instances' },
  { what: 'invoke_endpoint: JSON of the Open Inference Protocol' },
  { what: 'invoke_endpoint: binary tensors (vnd.sagemaker-triton.binary+json)' },
  { what: 'invoke_endpoint: CSV in and out' },
  { what: 'invoke_endpoint: NumPy arrays in and out' },
  { what: 'invoke_endpoint: several NumPy arrays by name (npz)' },
  { what: 'invoke_endpoint: application/octet-stream in and out' },
  { what: 'invoke_endpoint: JSON lines in and out' },
  { what: 'invoke_endpoint: a picture' },
  { what: 'invoke_endpoint: TargetModel, TargetVariant, CustomAttributes, InferenceId' },
  { what: 'invoke_endpoint: errors are ClientError with their status' },
  {
    what: 'invoke_endpoint_async, invoke_endpoint_with_response_stream are refused',
    not: 'they answer by files in S3, and event by event',
  },
];

const checks: readonly Check[] = [
  ...each.map((check): Check => ({ ...check, ways: [...ways, 'modelhost'] })),
  {
    what: 'invoke_endpoint: a token in place of the signature, where tokens are wanted',
    ways: ['guarded'],
  },
];

export const sagemakerRuntime: Client = {
  tool: boto3,
  variant: 'sagemaker-runtime',
  checks,
  drive: (target) => pythonDriver(boto3, 'boto3/driver.py', { target, checks }),
};
