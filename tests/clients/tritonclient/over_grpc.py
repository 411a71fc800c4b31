"""What only the two gRPC clients have: deadlines and statuses of gRPC, messages."""

import contextlib
import io
import queue
import re

import numpy
from checked import equal, refused
from expected import same
from inference import identity, simple, slow


def add_checks(check):
    @check("infer: gzip and deflate")
    async def codings(client, runtime):
        for coding in (None, "gzip", "deflate"):
            inputs, wanted = simple(client, runtime, rows=8)
            answer = await client.infer("simple", inputs, compression_algorithm=coding)
            same(answer.as_numpy("OUTPUT0"), wanted["OUTPUT0"], coding)

    @check("infer: a tensor of 20 MB, both ways")
    async def large(client, runtime):
        values = numpy.arange(5_000_000, dtype=numpy.float32).reshape(1, -1)
        await identity(client, runtime, "FP32", values)

    @check("infer: client_timeout ends the call, the next one is answered")
    async def client_timeout(client, runtime):
        error = await refused(lambda: client.infer("slow", slow(client), client_timeout=0.05))
        equal(error.status(), "StatusCode.DEADLINE_EXCEEDED")
        answer = await client.infer("slow", slow(client), client_timeout=30)
        equal(answer.as_numpy("y").tolist(), [[1, 2, 3, 4]])

    @check("infer: errors have their gRPC status")
    async def status(client, runtime):
        inputs, _ = simple(client, runtime)
        error = await refused(lambda: client.infer("nobody", inputs))
        equal(error.status(), "StatusCode.NOT_FOUND", "unknown model")
        error = await refused(lambda: client.infer("simple", inputs[:1]))
        equal(error.status(), "StatusCode.INVALID_ARGUMENT", "missing input")

    @check("every call: headers and client_timeout")
    async def every_call(client, runtime):
        more = {"headers": {"x-request-id": "mine"}, "client_timeout": 30}
        await client.is_server_live(**more)
        await client.is_server_ready(**more)
        await client.is_model_ready("simple", **more)
        await client.get_server_metadata(**more)
        await client.get_model_metadata("simple", **more)
        await client.get_model_config("simple", **more)
        await client.get_model_repository_index(**more)
        await client.load_model("digits", **more)
        await client.get_inference_statistics(**more)
        await client.get_trace_settings(**more)
        await client.get_log_settings(**more)
        inputs, _ = simple(client, runtime)
        await client.infer("simple", inputs, **more)

    @check("every answer as a message (as_json=False)")
    async def messages(client, runtime):
        as_is = {"as_json": False}
        equal((await client.get_server_metadata(**as_is)).name != "", True)
        metadata = await client.get_model_metadata("simple", **as_is)
        equal([list(one.shape) for one in metadata.inputs], [[-1, 16], [-1, 16]])
        equal((await client.get_model_config("simple", **as_is)).config.max_batch_size, 8)
        index = await client.get_model_repository_index(**as_is)
        equal("simple" in [one.name for one in index.models], True)
        statistics = await client.get_inference_statistics("simple", **as_is)
        equal(statistics.model_stats[0].inference_stats.success.count > 0, True)
        settings = await client.get_trace_settings(**as_is)
        equal("trace_rate" in settings.settings, True)
        settings = await client.get_log_settings(**as_is)
        equal("log_verbose_level" in settings.settings, True)

    @check("keepalive_options, channel_args: pings while a call takes its time")
    async def keepalive(client, runtime):
        often = client.module.KeepAliveOptions(
            keepalive_time_ms=100, keepalive_permit_without_calls=True, http2_max_pings_without_data=0
        )
        for options in ({"keepalive_options": often}, {"channel_args": [("grpc.lb_policy_name", "pick_first")]}):
            other = client.another(**options)
            equal((await other.infer("slow", slow(other))).as_numpy("y").tolist(), [[1, 2, 3, 4]])
            await other.close()


def add_async_infer(check):
    """The blocking client only."""

    @check("async_infer: 64 under way at once, each with its own answer")
    async def async_infer(client, runtime):
        answers = queue.Queue()
        wanted = {}
        for number in range(64):
            inputs, values = simple(client, runtime, number)
            wanted[str(number)] = values
            await client.async_infer("simple", inputs, into(answers), request_id=str(number))
        for _ in range(64):
            result, error = answers.get(timeout=30)
            equal(error, None)
            same(result.as_numpy("OUTPUT0"), wanted.pop(result.get_response().id)["OUTPUT0"])

    @check("the program of README.md")
    async def readme(client, runtime):
        with open("README.md", encoding="utf-8") as file:
            (program,) = re.findall(r"^```py\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(program.replace("localhost:8001", client.target["grpc"]), {})
        equal(said.getvalue(), "[0 2]\n")


def into(answers):
    return lambda result, error: answers.put((result, error))
