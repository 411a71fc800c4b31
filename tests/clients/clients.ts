import { sagemakerRuntime } from './boto3/clients';
import type { Client } from './client';
import { grpcTools } from './grpc-tools/clients';
import { kserveClients } from './kserve/clients';
import { perfAnalyzers } from './perf-analyzer/clients';
import { sagemakerPredictor } from './sagemaker/clients';
import { openApiClients } from './openapi/clients';
import { tfServing } from './tf-serving/clients';
import { tritonclients } from './tritonclient/clients';

/** All clients, in the order of docs/compatibility.md. */
export const clients: readonly Client[] = [
  ...tritonclients,
  ...perfAnalyzers,
  ...kserveClients,
  ...tfServing,
  sagemakerRuntime,
  sagemakerPredictor,
  ...grpcTools,
  ...openApiClients,
];
