import { pythonDriver, ways, type Check, type Client, type Way } from '../client';
import { sagemaker } from '../install/tools';

const everywhere: readonly Way[] = [...ways, 'modelhost'];
const alone: readonly Way[] = ['modelhost'];

const checks: readonly Check[] = [
  { what: 'Predictor.predict: JSONSerializer, JSONDeserializer', ways: everywhere },
  { what: 'Predictor.predict: CSVSerializer, CSVDeserializer', ways: everywhere },
  { what: 'Predictor.predict: NumpySerializer, NumpyDeserializer', ways: everywhere },
  { what: 'Predictor.predict: target_model, target_variant, inference_id', ways: everywhere },
  { what: 'local mode (POST /invocations): JSON, CSV and NumPy', ways: alone },
];

export const sagemakerPredictor: Client = {
  tool: sagemaker,
  variant: 'Predictor',
  checks,
  drive: (target) => pythonDriver(sagemaker, 'sagemaker/driver.py', { target, checks }),
};
