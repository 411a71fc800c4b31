/** The parts of the protocol beyond its core that work here, by Triton's names. */
export const extensions: readonly string[] = [
  'binary_tensor_data',
  'parameters',
  'classification',
  'sequence',
  'sequence(string_id)',
  'schedule_policy',
  'statistics',
  'trace',
  'logging',
];
