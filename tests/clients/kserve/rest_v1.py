"""InferenceRESTClient with KServe's own version 1."""

from checked import equal, refused
from tensors import A, B


def add_checks(check):
    @check("is_server_live, is_model_ready")
    async def ready(kserve):
        equal(await kserve.client.is_server_live(kserve.url), True, "live")
        equal(await kserve.client.is_model_ready(kserve.url, "simple"), True, "simple")
        await refused(lambda: kserve.client.is_model_ready(kserve.url, "nobody"), "404")

    @check("infer: instances of one input, and of several by name")
    async def infer(kserve):
        flowers = [[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]]
        answer = await kserve.client.infer(
            kserve.url, {"instances": flowers}, model_name="identity_fp64"
        )
        equal(answer["predictions"], flowers)
        rows = [{"INPUT0": a.tolist(), "INPUT1": b.tolist()} for a, b in zip(A, B)]
        answer = await kserve.client.infer(kserve.url, {"instances": rows}, model_name="simple")
        equal([row["OUTPUT0"] for row in answer["predictions"]], (A + B).tolist())

    @check("infer: an unknown model is an HTTPStatusError with the server's message")
    async def unknown(kserve):
        request = {"instances": [[1.0]]}
        await refused(
            lambda: kserve.client.infer(kserve.url, request, model_name="nobody"), "nobody", "404"
        )

    @check("explain is refused")
    async def explain(kserve):
        request = {"instances": [[1.0]]}
        await refused(lambda: kserve.client.explain(kserve.url, "identity_fp32", request), "501")
