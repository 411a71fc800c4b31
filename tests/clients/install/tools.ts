import { goTool } from './go-tool';
import { nodeTool } from './node-tool';
import { pythonTool } from './python-tool';

export const boto3 = pythonTool('boto3', '1.44.5');
export const ghz = goTool('ghz', '0.93.0', 'github.com/bojand/ghz/cmd/ghz');
export const grpcurl = goTool('grpcurl', '1.9.4', 'github.com/fullstorydev/grpcurl/cmd/grpcurl');
export const kserve = pythonTool('kserve', '0.21.0');
export const requests = pythonTool('requests', '2.34.2');
export const sagemaker = pythonTool('sagemaker', '2.257.7');
export const schemathesis = pythonTool('schemathesis', '4.32.5');
export const tritonclient = pythonTool('tritonclient', '2.73.0');
/** No client: the server of tests/clients/s3. */
export const versitygw = goTool('versitygw', '1.8.0', 'github.com/versity/versitygw/cmd/versitygw');
/** No client: what a host of tests/clients/onnxruntime loads. */
export const earlierRuntime = nodeTool('onnxruntime-node', '1.22.0');
