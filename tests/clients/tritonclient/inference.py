"""Inference as all four clients offer it."""

import asyncio

import numpy
from checked import equal, refused
from expected import close, same
from samples import DATATYPES, sample


def add_checks(check):
    @check("infer: every datatype, equal to the runtime")
    async def every_datatype(client, runtime):
        for datatype in DATATYPES:
            await identity(client, runtime, datatype, sample(datatype))
        return ", ".join(DATATYPES)

    @check("infer: a dimension of 0")
    async def nothing(client, runtime):
        for datatype in ("FP32", "INT64", "BYTES"):
            await identity(client, runtime, datatype, sample(datatype)[:, :0])

    @check("infer: numbers as text (simple_string)")
    async def in_texts(client, runtime):
        values, wanted = numbers_as_text(runtime)
        inputs = [client.input(f"INPUT{n}", values[n], "BYTES") for n in (0, 1)]
        answer = await client.infer("simple_string", inputs)
        for name, texts in wanted.items():
            same(answer.as_numpy(name), texts, name)

    @check("infer: texts with a NUL, and bytes that are no UTF-8")
    async def uncarried(client, runtime):
        for text, why in ((b"he\x00llo", "NUL"), (b"\xff", "UTF-8")):
            values = numpy.array([[text]], dtype=numpy.object_)
            inputs = [client.input("INPUT0", values, "BYTES")]
            await refused(lambda: client.infer("identity_bytes", inputs), why)

    @check("infer: only the outputs that are asked for, in that order")
    async def outputs(client, runtime):
        inputs, wanted = simple(client, runtime)
        for names in (["OUTPUT1"], ["OUTPUT1", "OUTPUT0"]):
            asked = [client.output(name) for name in names]
            answer = await client.infer("simple", inputs, outputs=asked)
            got = answer.get_response()
            listed = got.outputs if client.grpc else got["outputs"]
            equal([o.name if client.grpc else o["name"] for o in listed], names)
            for name in names:
                same(answer.as_numpy(name), wanted[name], name)

    @check("infer: request_id comes back, and the version that answered")
    async def request_id(client, runtime):
        inputs, _ = simple(client, runtime)
        answer = await client.infer("simple", inputs, model_version="1", request_id="my request")
        got = answer.get_response()
        said = (got.id, got.model_version) if client.grpc else (got["id"], got["model_version"])
        equal(said, ("my request", "1"))

    @check("infer: headers")
    async def headers(client, runtime):
        inputs, wanted = simple(client, runtime)
        answer = await client.infer("simple", inputs, headers={"x-request-id": "mine"})
        same(answer.as_numpy("OUTPUT0"), wanted["OUTPUT0"])

    @check("infer: priority, timeout and parameters of the caller's own")
    async def parameters(client, runtime):
        inputs, wanted = simple(client, runtime)
        own = {"text": "a", "whole": 7, "flag": True}
        answer = await client.infer(
            "simple", inputs, priority=2, timeout=30_000_000, parameters=own
        )
        same(answer.as_numpy("OUTPUT0"), wanted["OUTPUT0"])

    @check("infer: a sequence, by number and by text")
    async def sequence(client, runtime):
        inputs, wanted = simple(client, runtime)
        for key in (42, "my sequence"):
            for start, end in ((True, False), (False, False), (False, True)):
                answer = await client.infer(
                    "simple", inputs, sequence_id=key, sequence_start=start, sequence_end=end
                )
                same(answer.as_numpy("OUTPUT0"), wanted["OUTPUT0"])

    @check("infer: 400 requests, 16 at once, each with its own answer")
    async def many(client, runtime):
        await gather(client, runtime)

    @check("infer: real models (iris, digits, words), equal to the runtime")
    async def real(client, runtime):
        rows = numpy.random.default_rng(7)
        flowers = rows.uniform(0.1, 7, (5, 4)).astype(numpy.float32)
        pictures = rows.uniform(-1, 1, (3, 1, 8, 8)).astype(numpy.float32)
        for model, values in (("iris", flowers), ("digits", pictures)):
            name = (await client.get_model_metadata(model))["inputs"][0]["name"]
            answer = await client.infer(model, [client.input(name, values, "FP32")])
            for output, wanted in runtime.run(model, {name: values}).items():
                close(answer.as_numpy(output), wanted, f"{model} {output}")
        words = numpy.array(["good", "schön", "zebra"], dtype=numpy.object_)
        answer = await client.infer("words", [client.input("word", words, "BYTES")])
        wanted = runtime.run("words", {"word": words})
        close(answer.as_numpy("sentiment"), wanted["sentiment"], "words sentiment")
        same(answer.as_numpy("verdict"), wanted["verdict"], "words verdict")

    @check("infer: an unknown model, version, input, shape and datatype are told apart")
    async def refusals(client, runtime):
        inputs, _ = simple(client, runtime)
        await refused(lambda: client.infer("nobody", inputs), "nobody")
        await refused(lambda: client.infer("simple", inputs, model_version="9"), "9")
        await refused(lambda: client.infer("simple", inputs[:1]), "INPUT1")
        wrong = client.input("INPUT1", numpy.zeros((1, 15), numpy.int32), "INT32")
        await refused(lambda: client.infer("simple", [inputs[0], wrong]), "INPUT1", "15")
        other = client.input("INPUT1", numpy.zeros((1, 16), numpy.float32), "FP32")
        await refused(lambda: client.infer("simple", [inputs[0], other]), "INT32", "FP32")


def slow(client):
    """Inputs of the models slow and slow_alone, which answer with them."""
    return [client.input("x", numpy.array([[1, 2, 3, 4]], numpy.float32), "FP32")]


def simple(client, runtime, first=0, rows=1, binary=True):
    """Inputs of the model simple, and what it answers."""
    a = numpy.arange(first, first + 16 * rows, dtype=numpy.int32).reshape(rows, 16)
    b = numpy.full((rows, 16), first % 11, dtype=numpy.int32)
    inputs = [
        client.input("INPUT0", a, "INT32", binary),
        client.input("INPUT1", b, "INT32", binary),
    ]
    return inputs, runtime.run("simple", {"INPUT0": a, "INPUT1": b})


def numbers_as_text(runtime):
    """Values of both inputs of the model simple_string, and what it answers."""
    a, b = (
        numpy.array([[str(times * n).encode() for n in range(16)]], dtype=numpy.object_)
        for times in (1, 7)
    )
    return (a, b), runtime.run("simple_string", {"INPUT0": a.astype(str), "INPUT1": b.astype(str)})


async def identity(client, runtime, datatype, values, binary=True):
    """One request, and its answer compared with the runtime's in every bit."""
    model = f"identity_{datatype.lower()}"
    inputs = [client.input("INPUT0", values, datatype, binary)]
    outputs = [client.output("OUTPUT0", binary)]
    answer = await client.infer(model, inputs, outputs=outputs)
    fed = values.astype(str).astype(numpy.object_) if datatype == "BYTES" else values
    wanted = runtime.run(model, {"INPUT0": fed})["OUTPUT0"]
    same(answer.as_numpy("OUTPUT0"), wanted, datatype)


async def gather(client, runtime):
    async def one(number):
        inputs, wanted = simple(client, runtime, number, rows=1 + number % 3)
        answer = await client.infer("simple", inputs)
        same(answer.as_numpy("OUTPUT1"), wanted["OUTPUT1"], f"request {number}")

    async def some(numbers):
        for number in numbers:
            await one(number)

    # Of a client that is not asynchronous they follow one another; it has calls of its own for more.
    await asyncio.gather(*(some(range(first, 400, 16)) for first in range(16)))
