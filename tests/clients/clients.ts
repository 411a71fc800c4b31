import type { Client } from './client';
import { grpcTools } from './grpc-tools/clients';
import { kserveClients } from './kserve/clients';
import { tfServing } from './tf-serving/clients';
import { tritonclients } from './tritonclient/clients';

/** All clients, in the order of docs/compatibility.md. */
export const clients: readonly Client[] = [
  ...tritonclients,
  ...kserveClients,
  tfServing,
  ...grpcTools,
];
