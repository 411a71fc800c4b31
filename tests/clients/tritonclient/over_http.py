"""What only the two HTTP clients have: JSON tensors, codings, bodies made and read by hand."""

import urllib.request

import numpy
from checked import equal, refused
from expected import same
from inference import identity, simple
from samples import DATATYPES, sample


def add_checks(check):
    @check("infer: every datatype as JSON (FP16 has none in this client), equal to the runtime")
    async def json_tensors(client, runtime):
        for datatype in DATATYPES:
            if datatype != "FP16":
                await identity(client, runtime, datatype, sample(datatype), binary=False)

    @check("infer: INT64 and UINT64 beyond 2^53 as JSON")
    async def large(client, runtime):
        for datatype, values in (
            ("INT64", [9007199254740993, -9223372036854775808]),
            ("UINT64", [18446744073709551615, 9007199254740993]),
        ):
            rows = numpy.array([values], dtype=datatype.lower())
            await identity(client, runtime, datatype, rows, binary=False)

    @check("infer: JSON in and binary out, and the other way round")
    async def mixed(client, runtime):
        for binary in (True, False):
            inputs, wanted = simple(client, runtime, binary=binary)
            outputs = [client.output("OUTPUT0", not binary), client.output("OUTPUT1", True)]
            answer = await client.infer("simple", inputs, outputs=outputs)
            for name in ("OUTPUT0", "OUTPUT1"):
                same(answer.as_numpy(name), wanted[name], name)

    @check("infer: gzip and deflate, of requests, of answers, of both")
    async def codings(client, runtime):
        for request in (None, "gzip", "deflate"):
            for response in (None, "gzip", "deflate"):
                for binary in (True, False):
                    await _coded(client, runtime, request, response, binary)

    @check("infer: query parameters")
    async def query(client, runtime):
        inputs, wanted = simple(client, runtime)
        answer = await client.infer("simple", inputs, query_params={"a": 1, "b": ["x", "y"]})
        same(answer.as_numpy("OUTPUT0"), wanted["OUTPUT0"])

    @check("infer: errors have their HTTP status")
    async def status(client, runtime):
        inputs, _ = simple(client, runtime)
        error = await refused(lambda: client.infer("nobody", inputs))
        equal(error.status(), "404", "unknown model")
        error = await refused(lambda: client.infer("simple", inputs[:1]))
        equal(error.status(), "400", "missing input")

    @check("generate_request_body and parse_response_body, with a request of one's own")
    async def bodies(client, runtime):
        inputs, wanted = simple(client, runtime)
        outputs = [client.output("OUTPUT0")]
        body, json_size = await client.generate_request_body(inputs, outputs=outputs)
        request = urllib.request.Request(f"{client.url}/v2/models/simple/infer", data=body)
        request.add_header("Inference-Header-Content-Length", str(json_size))
        with urllib.request.urlopen(request, timeout=30) as response:
            length = response.headers["Inference-Header-Content-Length"]
            answer = await client.parse_response_body(response.read(), header_length=int(length))
        same(answer.as_numpy("OUTPUT0"), wanted["OUTPUT0"])


async def _coded(client, runtime, request, response, binary):
    inputs, wanted = simple(client, runtime, rows=8, binary=binary)
    outputs = [client.output(name, binary) for name in ("OUTPUT0", "OUTPUT1")]
    answer = await client.infer(
        "simple",
        inputs,
        outputs=outputs,
        request_compression_algorithm=request,
        response_compression_algorithm=response,
    )
    for name in ("OUTPUT0", "OUTPUT1"):
        same(answer.as_numpy(name), wanted[name], f"{request}, {response}, {name}")


def add_async_infer(check):
    """The blocking HTTP client only."""

    @check("async_infer: 64 under way at once, each with its own answer")
    async def async_infer(client, runtime):
        asked = []
        for number in range(64):
            inputs, wanted = simple(client, runtime, number)
            asked.append((await client.async_infer("simple", inputs), wanted))
        for request, wanted in asked:
            same(request.get_result(timeout=30).as_numpy("OUTPUT0"), wanted["OUTPUT0"])
