import type { ErrorCode } from '../../../core/errors';
import { cudaRegionBody, emptyAnswer, regionBody, regionsAnswer } from '../../control/schema';
import { answersJson, json, type Operation, type Parameter } from '../../openapi/operation';
import { anyText } from '../../openapi/schema';

const shared = { tag: 'Shared memory', status: 'http' } as const;

const region: Parameter = {
  name: 'region',
  in: 'path',
  schema: anyText,
  description: 'Name of the region.',
  example: 'inputs',
};

const sharing: readonly ErrorCode[] = ['invalid_request', 'unknown_region', 'forbidden'];

const unregistered = answersJson('None is registered any more', emptyAnswer);
const listed = answersJson('The regions', regionsAnswer);

function ofKind(kind: 'system' | 'cuda'): Operation[] {
  const path = `/v2/${kind}sharedmemory`;
  return [
    {
      ...shared,
      id: `${kind}Regions`,
      method: 'get',
      path: `${path}/status`,
      summary: "The caller's regions",
      answers: listed,
      errors: sharing,
    },
    {
      ...shared,
      id: `${kind}UnregisterAll`,
      method: 'post',
      path: `${path}/unregister`,
      summary: 'All regions go',
      answers: unregistered,
      errors: sharing,
    },
    ...ofOne(kind),
  ];
}

function ofOne(kind: 'system' | 'cuda'): Operation[] {
  const path = `/v2/${kind}sharedmemory/region/{region}`;
  return [
    {
      ...shared,
      id: `${kind}Region`,
      method: 'get',
      path: `${path}/status`,
      summary: 'One region',
      parameters: [region],
      answers: listed,
      errors: sharing,
    },
    {
      ...shared,
      id: `${kind}Unregister`,
      method: 'post',
      path: `${path}/unregister`,
      summary: 'One region goes',
      parameters: [region],
      answers: unregistered,
      errors: sharing,
    },
    register(kind, `${path}/register`),
  ];
}

function register(kind: 'system' | 'cuda', path: string): Operation {
  const parts = { ...shared, method: 'post', path, parameters: [region] } as const;
  if (kind === 'cuda') {
    return {
      ...parts,
      id: 'cudaRegister',
      summary: 'Not offered: there are no GPUs',
      body: { required: false, content: json(cudaRegionBody) },
      answers: {},
      errors: ['unsupported'],
    };
  }
  return {
    ...parts,
    id: 'systemRegister',
    summary: 'Registers a region',
    description: 'Off unless the operator allows it with `SHARED_MEMORY`.',
    body: { required: true, content: json(regionBody, { key: '/inputs', byte_size: 64 }) },
    answers: answersJson('It is registered', emptyAnswer),
    errors: [...sharing, 'conflict', 'overloaded', 'too_large', 'unsupported'],
  };
}

/** There is no memory of GPUs here; their routes are for clients that ask. */
export const sharedMemoryOperations: readonly Operation[] = [
  ...ofKind('system'),
  ...ofKind('cuda'),
];
