import type { DescFile } from '@bufbuild/protobuf';
import { file_google_protobuf_wrappers } from '@bufbuild/protobuf/wkt';
import { file_health } from './generated/health_pb';
import { file_inference } from './generated/inference_pb';
import { file_model_config } from './generated/model-config_pb';
import { file_reflection } from './generated/reflection_pb';
import { file_reflection_alpha } from './generated/reflection-alpha_pb';
import { file_tf_serving } from './generated/tf-serving_pb';
import { file_tf_tensor } from './generated/tf-tensor_pb';

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
  file_tf_serving,
  file_tf_tensor,
  file_google_protobuf_wrappers,
];
