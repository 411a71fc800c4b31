import { goTool } from './go-tool';
import { pythonTool } from './python-tool';

export const boto3 = pythonTool('boto3', '1.44.5');
export const ghz = goTool('ghz', '0.93.0', 'github.com/bojand/ghz/cmd/ghz');
export const grpcurl = goTool('grpcurl', '1.9.4', 'github.com/fullstorydev/grpcurl/cmd/grpcurl');
export const kserve = pythonTool('kserve', '0.21.0');
export const requests = pythonTool('requests', '2.34.2');
export const sagemaker = pythonTool('sagemaker', '2.257.7');
export const schemathesis = pythonTool('schemathesis', '4.32.5');
export const tritonclient = pythonTool('tritonclient', '2.73.0');
