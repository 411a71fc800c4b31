"""Tensors in memory that client and server share."""

import contextlib
import os

import numpy
import tritonclient.utils.shared_memory as memory
from checked import equal, refused
from expected import same
from inference import numbers_as_text, simple
from tritonclient.utils import serialize_byte_tensor, serialized_byte_size

_row = 16 * 4

# Room for an output of texts: how much they take is not known before.
_texts = 1000


def add_system(check):
    @check("shared memory: register, inputs and outputs in it, status, unregister")
    async def system(client, runtime):
        async with _registered(client, "numbers", 4 * _row) as (name, region):
            equal(await regions(client), [(name, 4 * _row)])
            await _infer(client, runtime, name, region)
            await refused(lambda: client.register_system_shared_memory(name, f"/{name}", 8))
        equal(await regions(client), [])
        await client.unregister_system_shared_memory()

    @check("shared memory: numbers as text (simple_string), in and out")
    async def texts(client, runtime):
        values, wanted = numbers_as_text(runtime)
        packed = [serialize_byte_tensor(one) for one in values]
        sizes = [serialized_byte_size(one) for one in packed]
        async with (
            _registered(client, "texts-in", sum(sizes)) as (given, given_region),
            _registered(client, "texts-out", 2 * _texts) as (got, got_region),
        ):
            memory.set_shared_memory_region(given_region, packed)
            inputs = [client.module.InferInput(f"INPUT{n}", [1, 16], "BYTES") for n in (0, 1)]
            outputs = [client.output(f"OUTPUT{n}") for n in (0, 1)]
            for n in (0, 1):
                inputs[n].set_shared_memory(given, sizes[n], offset=n * sizes[0])
                outputs[n].set_shared_memory(got, _texts, offset=n * _texts)
            answer = await client.infer("simple_string", inputs, outputs=outputs)
            for n, name in enumerate(wanted):
                shape = _shape(client, answer.get_output(name))
                values = memory.get_contents_as_numpy(
                    got_region, numpy.object_, shape, offset=n * _texts
                )
                same(values, wanted[name], name)


def add_refused(check):
    @check("shared memory: every call is refused")
    async def system(client, runtime):
        await _refuses(client, "system")
        await client.refuses("register_system_shared_memory", "x", "/x", 64, says="Shared memory")


def add_cuda_refused(check):
    """Over HTTP only: over gRPC, there is the same answer for everybody."""

    @check("CUDA shared memory: every call is refused")
    async def cuda(client, runtime):
        await _refuses(client, "cuda")
        await client.refuses("register_cuda_shared_memory", "x", b"aGFuZGxl", 0, 64)


async def _refuses(client, kind):
    await client.refuses(f"get_{kind}_shared_memory_status", says="Shared memory")
    await client.refuses(f"unregister_{kind}_shared_memory")


def add_cuda(check):
    @check("CUDA shared memory: register is refused, status is empty, unregister does nothing")
    async def cuda(client, runtime):
        await client.refuses("register_cuda_shared_memory", "x", b"aGFuZGxl", 0, 64)
        status = await client.get_cuda_shared_memory_status()
        equal(status.get("regions", {}) if client.grpc else status, {} if client.grpc else [])
        await client.unregister_cuda_shared_memory()


@contextlib.asynccontextmanager
async def _registered(client, what, size):
    """The name of a region that the server knows, and the region. Names that begin with shoal are the server's own."""
    name = f"tritonclient-{client.name}-{what}-{os.getpid()}"
    region = memory.create_shared_memory_region(name, f"/{name}", size)
    try:
        await client.register_system_shared_memory(name, f"/{name}", size)
        yield name, region
        await client.unregister_system_shared_memory(name)
    finally:
        memory.destroy_shared_memory_region(region)


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


def _shape(client, output):
    return list(output.shape) if client.grpc else output["shape"]


async def regions(client):
    status = await client.get_system_shared_memory_status()
    listed = status.get("regions", {}).values() if client.grpc else status
    return [(one["name"], int(one["byte_size"])) for one in listed]
