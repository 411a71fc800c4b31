import type { DescFile } from '@bufbuild/protobuf';
import { file_health } from './generated/health_pb';
import { file_inference } from './generated/inference_pb';
import { file_model_config } from './generated/model-config_pb';
import { file_reflection } from './generated/reflection_pb';
import { file_reflection_alpha } from './generated/reflection-alpha_pb';

/**
 * Everything that is spoken over gRPC here, as `proto/` says it. `generated/` is made of that by
 * `npm run generate`.
 */
export const contractFiles: readonly DescFile[] = [
  file_inference,
  file_model_config,
  file_health,
  file_reflection,
  file_reflection_alpha,
];
