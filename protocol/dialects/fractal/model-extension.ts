import { ShoalError } from '../../../core/errors';

/** Endings of model files of other frameworks. */
const foreign =
  /\.(pkl|pickle|joblib|h5|hdf5|keras|pt|pth|pb|pbtxt|tflite|pmml|mlmodel|safetensors|caffemodel|zip)(?=:|$)/i;

/**
 * The error for a name that nothing is served under: FRACTAL's 409 where the name ends in another
 * framework's file type, else the error as it is.
 */
export function notOnnxName(name: string, error: ShoalError): ShoalError {
  const ending = foreign.exec(name)?.[0];
  return error.code === 'unknown_model' && ending !== undefined ? wrongEnding(name, ending) : error;
}

/** For uploads: throws not_onnx_name where the name ends in another framework's file type. */
export function requireOnnxName(name: string): void {
  const ending = foreign.exec(name)?.[0];
  if (ending !== undefined) throw wrongEnding(name, ending);
}

function wrongEnding(name: string, ending: string): ShoalError {
  return new ShoalError(
    'not_onnx_name',
    `'${name}' ends in ${ending}; only ONNX models are served, under names with or without .onnx. Convert the model to ONNX and upload it.`,
  );
}
