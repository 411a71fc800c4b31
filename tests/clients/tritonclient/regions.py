"""Tensors in memory that client and server share."""

import numpy
import tritonclient.utils.shared_memory as memory
from checked import equal, refused
from expected import same
from inference import simple

_row = 16 * 4


def add_system(check):
    @check("shared memory: register, inputs and outputs in it, status, unregister")
    async def system(client, runtime):
        # Names that begin with shoal are the server's own.
        name = f"tritonclient-{client.name}"
        region = memory.create_shared_memory_region(name, f"/{name}", 4 * _row)
        try:
            await client.register_system_shared_memory(name, f"/{name}", 4 * _row)
            equal([one[0] for one in await regions(client)], [name])
            await _infer(client, runtime, name, region)
            await refused(lambda: client.register_system_shared_memory(name, f"/{name}", 8))
            await client.unregister_system_shared_memory(name)
            equal(await regions(client), [])
            await client.unregister_system_shared_memory()
        finally:
            memory.destroy_shared_memory_region(region)


def add_refused(check):
    @check("shared memory: every call is refused")
    async def system(client, runtime):
        await _refuses(client, "system")
        await refused(lambda: client.register_system_shared_memory("x", "/x", 64), "Shared memory")


def add_cuda_refused(check):
    """Over HTTP only: over gRPC, there is the same answer for everybody."""

    @check("CUDA shared memory: every call is refused")
    async def cuda(client, runtime):
        await _refuses(client, "cuda")
        await refused(lambda: client.register_cuda_shared_memory("x", b"aGFuZGxl", 0, 64))


async def _refuses(client, kind):
    await refused(lambda: getattr(client, f"get_{kind}_shared_memory_status")(), "Shared memory")
    await refused(lambda: getattr(client, f"unregister_{kind}_shared_memory")())


def add_cuda(check):
    @check("CUDA shared memory: register is refused, status is empty, unregister does nothing")
    async def cuda(client, runtime):
        await refused(lambda: client.register_cuda_shared_memory("x", b"aGFuZGxl", 0, 64))
        status = await client.get_cuda_shared_memory_status()
        equal(status.get("regions", {}) if client.grpc else status, {} if client.grpc else [])
        await client.unregister_cuda_shared_memory()


async def _infer(client, runtime, name, region):
    """Both inputs and both outputs lie in the region, one behind the other."""
    _, wanted = simple(client, runtime, 3)
    a = numpy.arange(3, 19, dtype=numpy.int32).reshape(1, 16)
    b = numpy.full((1, 16), 3, dtype=numpy.int32)
    memory.set_shared_memory_region(region, [a, b])
    inputs = [client.module.InferInput(f"INPUT{n}", [1, 16], "INT32") for n in (0, 1)]
    outputs = [client.output(f"OUTPUT{n}") for n in (0, 1)]
    for at, tensor in enumerate((*inputs, *outputs)):
        tensor.set_shared_memory(name, _row, offset=at * _row)
    answer = await client.infer("simple", inputs, outputs=outputs)
    for n, tensor in enumerate(("OUTPUT0", "OUTPUT1")):
        got = memory.get_contents_as_numpy(region, numpy.int32, [1, 16], offset=(2 + n) * _row)
        same(numpy.array(got), wanted[tensor], tensor)
        equal(answer.get_output(tensor) is not None, True, tensor)


async def regions(client):
    status = await client.get_system_shared_memory_status()
    listed = status.get("regions", {}).values() if client.grpc else status
    return [(one["name"], int(one["byte_size"])) for one in listed]
