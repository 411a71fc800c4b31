"""InferenceGRPCClient."""

import asyncio

import numpy
from checked import equal, refused
from kserve import InferInput, InferRequest
from tensors import SAMPLES, expect_same, expect_simple, identity, simple


def add_checks(check):
    @check("is_server_live, is_server_ready, is_model_ready")
    async def ready(kserve):
        more = {"timeout": 30, "headers": [("x-request-id", "mine")]}
        equal(await kserve.client.is_server_live(**more), True, "live")
        equal(await kserve.client.is_server_ready(**more), True, "ready")
        equal(await kserve.client.is_model_ready("simple", **more), True, "simple")
        equal(await kserve.client.is_model_ready("nobody", **more), False, "nobody")

    @check("infer: typed and raw tensors")
    async def infer(kserve):
        for binary in (False, True):
            answer = await kserve.client.infer(simple(binary, request_id="mine"))
            expect_simple(answer)
            equal((answer.id, answer.model_name), ("mine", "simple"))

    @check("infer: datatypes, typed and raw")
    async def datatypes(kserve):
        for datatype, values in SAMPLES.items():
            for binary in (True, False):
                answer = await kserve.client.infer(identity(datatype, values, binary))
                expect_same(answer.outputs[0].as_numpy(), values, f"{datatype} binary={binary}")
        return ", ".join(SAMPLES)

    @check("infer: 64 at once, each with its own answer")
    async def many(kserve):
        async def one(number):
            values = numpy.full((1, 3), number, dtype=numpy.float32)
            answer = await kserve.client.infer(identity("FP32", values))
            expect_same(answer.outputs[0].as_numpy(), values, f"request {number}")

        await asyncio.gather(*(one(number) for number in range(64)))

    @check("infer: an unknown model is NOT_FOUND, a wrong input INVALID_ARGUMENT")
    async def refusals(kserve):
        request = simple(True)
        request.model_name = "nobody"
        error = await refused(lambda: kserve.client.infer(request), "nobody")
        equal(error.code().name, "NOT_FOUND")
        request = simple(True)
        request.inputs.pop()
        error = await refused(lambda: kserve.client.infer(request), "INPUT1")
        equal(error.code().name, "INVALID_ARGUMENT")

    @check("infer: timeout ends the call")
    async def timeout(kserve):
        tensor = InferInput("x", [1, 4], "FP32")
        tensor.set_data_from_numpy(numpy.zeros((1, 4), numpy.float32))
        request = InferRequest(model_name="slow", infer_inputs=[tensor])
        error = await refused(lambda: kserve.client.infer(request, timeout=0.05))
        equal(error.code().name, "DEADLINE_EXCEEDED")
        expect_same(
            (await kserve.client.infer(request)).outputs[0].as_numpy(),
            numpy.zeros((1, 4), numpy.float32),
            "the next",
        )
