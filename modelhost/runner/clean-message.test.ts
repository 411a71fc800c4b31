import { cleanMessage } from './clean-message';

const cases: readonly (readonly [string, string])[] = [
  ['Unsupported data type: 16', 'Unsupported data type: 16'],
  [
    'Load model from /srv/models/m/1/model.onnx failed:Protobuf parsing failed.',
    'Protobuf parsing failed.',
  ],
  [
    'External data path validation failed for initializer: Pads. Error: tensorprotoutils.cc:461 ' +
      'ValidateExternalDataPathFromDir External data path does not exist: "/srv/models/m/1/Pads.bin"',
    'External data path validation failed for initializer: Pads. Error: External data path does ' +
      'not exist: "Pads.bin"',
  ],
  [
    'External data path escapes model directory. External data path: "../../../etc/passwd" ' +
      'resolved path: "/etc/passwd" allowed directory: "/srv/models/m/1"',
    'External data path escapes model directory. External data path: "../../../etc/passwd" ' +
      'resolved path: "passwd" allowed directory: "1"',
  ],
  [
    'Load model from /srv/models/a b/model.onnx failed:/onnxruntime_src/onnxruntime/core/graph/' +
      'model_load_utils.h:46 void onnxruntime::model_load_utils::ValidateOpsetForDomain(const ' +
      'std::unordered_map<std::__cxx11::basic_string<char>, int>&, const onnxruntime::logging::' +
      'Logger&, bool, const std::string&, int) ONNX Runtime only *guarantees* support for official ' +
      'opset versions.\n',
    'ONNX Runtime only *guarantees* support for official opset versions.',
  ],
  [
    'Load model from /m/x.onnx failed:/onnxruntime_src/onnxruntime/core/graph/model.cc:191 ' +
      'onnxruntime::Model::Model(onnx::ModelProto&&, const onnxruntime::PathString&) Missing opset ' +
      'in the model.',
    'Missing opset in the model.',
  ],
  [
    "Non-zero status code returned while running Add node. Name:'Add_19' Status Message: " +
      '/onnxruntime_src/onnxruntime/core/providers/cpu/math/element_wise_ops.h:583 void ' +
      'onnxruntime::BroadcastIterator::Append(ptrdiff_t, ptrdiff_t) axis == 1 || axis == largest ' +
      'was false. Attempting to broadcast an axis by a dimension other than 1. 100 by 200\n',
    "Failed while running Add node. Name:'Add_19': axis == 1 || axis == largest was false. " +
      'Attempting to broadcast an axis by a dimension other than 1. 100 by 200',
  ],
  [
    "Non-zero status code returned while running Gather node. Name:'/encoder/layer.0/Gather' " +
      'Status Message: indices element out of data bounds, idx=7',
    "Failed while running Gather node. Name:'/encoder/layer.0/Gather': indices element out of " +
      'data bounds, idx=7',
  ],
  [
    'Got invalid dimensions for input: X for the following indices\n index: 1 Got: 4 Expected: 3\n' +
      ' Please fix either the inputs/outputs or the model.',
    'Got invalid dimensions for input: X for the following indices index: 1 Got: 4 Expected: 3 ' +
      'Please fix either the inputs/outputs or the model.',
  ],
  ['cannot read /srv/models/m/1/model.onnx', 'cannot read model.onnx'],
  ['[ONNXRuntimeError] : 1 : FAIL : it broke', 'it broke'],
  ['', 'the runtime gave no reason'],
];

test.each(cases)('%s', (raw, wanted) => {
  expect(cleanMessage(raw)).toBe(wanted);
});

test('is one line of at most 500 characters', () => {
  const cleaned = cleanMessage('long\n'.repeat(1000));
  expect(cleaned).toHaveLength(500);
  expect(cleaned).not.toContain('\n');
});
