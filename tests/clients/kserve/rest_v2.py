"""InferenceRESTClient with the Open Inference Protocol."""

from checked import equal, refused
from tensors import SAMPLES, expect_same, expect_simple, identity, simple


def add_checks(check):
    @check("is_server_live, is_server_ready, is_model_ready")
    async def ready(kserve):
        equal(await kserve.client.is_server_live(kserve.url), True, "live")
        equal(await kserve.client.is_server_ready(kserve.url), True, "ready")
        equal(await kserve.client.is_model_ready(kserve.url, "simple"), True, "simple")
        equal(await kserve.client.is_model_ready(kserve.url, "nobody"), False, "nobody")

    @check("infer: JSON and binary")
    async def infer(kserve):
        for binary in (False, True):
            request = simple(binary, request_id="mine")
            answer = await kserve.client.infer(kserve.url, request, model_name="simple")
            expect_simple(answer)
            equal(answer.id, "mine")

    @check("infer: a request that is a dict")
    async def plain(kserve):
        data = [[1.5, -2]]
        tensor = {"name": "INPUT0", "shape": [1, 2], "datatype": "FP32", "data": data}
        answer = await kserve.client.infer(
            kserve.url, {"inputs": [tensor]}, model_name="identity_fp32"
        )
        equal(answer.outputs[0].as_numpy().tolist(), data)

    @check("infer: datatypes, binary and JSON")
    async def datatypes(kserve):
        for datatype, values in SAMPLES.items():
            for binary in (True, False):
                request = identity(datatype, values, binary)
                answer = await kserve.client.infer(
                    kserve.url, request, model_name=request.model_name
                )
                expect_same(answer.outputs[0].as_numpy(), values, f"{datatype} binary={binary}")
        return ", ".join(SAMPLES)

    @check("infer: an unknown model is an HTTPStatusError with the server's message")
    async def unknown(kserve):
        request = simple(binary=True)
        error = await refused(
            lambda: kserve.client.infer(kserve.url, request, model_name="nobody"), "nobody", "404"
        )
        equal(type(error).__name__, "HTTPStatusError")
