import { ShoalError } from '../../../core/errors';
import type { SharedRegion, SharedRegions } from '../../control/shared-memory';
import type { UnaryMethod } from '../call';
import {
  GRPCInferenceService as service,
  type SystemSharedMemoryRegisterRequest,
} from '../generated/inference_pb';
import { typedMethod } from './typed-method';

/** Regions of clients on this machine; of CUDA's there are none. */
export function sharedMemoryMethods(regions: SharedRegions): UnaryMethod[] {
  const { systemSharedMemoryStatus, systemSharedMemoryRegister } = service.method;
  const { systemSharedMemoryUnregister } = service.method;
  const path = '/v2/systemsharedmemory';
  return [
    typedMethod(systemSharedMemoryStatus, get(`${path}/status`), async ({ name }, call) => {
      await regions.meet(call);
      const status = regions.status(name, call);
      return { regions: Object.fromEntries(status.map((each) => [each.name, statusOf(each)])) };
    }),
    typedMethod(
      systemSharedMemoryRegister,
      post(`${path}/region/r/register`),
      async (asked, call) => {
        await regions.meet(call);
        regions.register(regionOf(asked), call);
        return {};
      },
    ),
    typedMethod(
      systemSharedMemoryUnregister,
      post(`${path}/unregister`),
      async ({ name }, call) => {
        await regions.meet(call);
        regions.unregister(name, call);
        return {};
      },
    ),
    ...cudaMethods(),
  ];
}

function cudaMethods(): UnaryMethod[] {
  const { cudaSharedMemoryStatus, cudaSharedMemoryRegister } = service.method;
  const { cudaSharedMemoryUnregister } = service.method;
  const path = '/v2/cudasharedmemory';
  return [
    typedMethod(cudaSharedMemoryStatus, get(`${path}/status`), ({ name }) => {
      if (name === '') return { regions: {} };
      throw new ShoalError(
        'unknown_region',
        `Unable to find cuda shared memory region: '${name.slice(0, 100)}'`,
      );
    }),
    typedMethod(cudaSharedMemoryRegister, post(`${path}/region/r/register`), () => {
      throw new ShoalError(
        'unsupported',
        'CUDA shared memory is not offered: models run on processors here',
      );
    }),
    typedMethod(cudaSharedMemoryUnregister, post(`${path}/unregister`), () => ({})),
  ];
}

function get(path: string) {
  return { method: 'GET', path } as const;
}

function post(path: string) {
  return { method: 'POST', path } as const;
}

function statusOf({ name, key, offset, byteSize }: SharedRegion) {
  return { name, key, offset: BigInt(offset), byteSize: BigInt(byteSize) };
}

/** Sizes beyond what a number holds stay beyond what any object has. */
function regionOf(asked: SystemSharedMemoryRegisterRequest): SharedRegion {
  const { name, key } = asked;
  return { name, key, offset: Number(asked.offset), byteSize: Number(asked.byteSize) };
}
