"""Requests and answers on a stream, as the two gRPC clients offer it."""

import asyncio
import queue

import grpc
from checked import equal
from expected import same
from inference import simple, slow


def add_checks(check):
    @check("stream: 200 requests, answered in their order")
    async def many(client, runtime):
        for coding in (None, "gzip"):
            requests, wanted = _numbered(client, runtime, 200)
            answers = await _converse(client, requests, compression_algorithm=coding)
            equal(len(answers), 200)
            for number, (result, error) in enumerate(answers):
                equal((error, result.get_response().id), (None, str(number)))
                same(result.as_numpy("OUTPUT0"), wanted[number]["OUTPUT0"], f"answer {number}")

    @check("stream: a request that fails is answered, and the stream goes on")
    async def failing(client, runtime):
        requests, wanted = _numbered(client, runtime, 3)
        requests[1]["model_name"] = "nobody"
        (first, _), (nothing, error), (last, _) = await _converse(client, requests)
        equal((nothing, "nobody" in str(error)), (None, True), str(error))
        same(first.as_numpy("OUTPUT0"), wanted[0]["OUTPUT0"])
        same(last.as_numpy("OUTPUT0"), wanted[2]["OUTPUT0"])

    @check("stream: two sequences with start and end, by number and by text")
    async def sequences(client, runtime):
        requests, wanted = _numbered(client, runtime, 6)
        for number, request in enumerate(requests):
            request["sequence_id"] = 7 if number % 2 == 0 else "my sequence"
            request["sequence_start"] = number < 2
            request["sequence_end"] = number >= 4
        for number, (result, error) in enumerate(await _converse(client, requests)):
            equal(error, None)
            same(result.as_numpy("OUTPUT1"), wanted[number]["OUTPUT1"])

    @check("stream: with triton_grpc_error it ends with the status of the failure")
    async def grpc_error(client, runtime):
        requests, _ = _numbered(client, runtime, 1)
        requests[0]["model_name"] = "nobody"
        ended = await _ended(client, requests, headers={"triton_grpc_error": "true"})
        equal(ended, "StatusCode.NOT_FOUND")

    @check("stream: stream_timeout ends it")
    async def timeout(client, runtime):
        requests = [{"model_name": "slow", "inputs": slow(client)}]
        ended = await _ended(client, requests, stream_timeout=0.05)
        equal(ended, "StatusCode.DEADLINE_EXCEEDED")

    @check("stream: cancelled while requests are under way")
    async def cancelled(client, runtime):
        requests = [{"model_name": "slow", "inputs": slow(client)}] * 4
        equal(await _cancelled(client, requests), "StatusCode.CANCELLED")


def add_blocking(check):
    """The blocking client only: the other one has no such option."""

    @check("stream: enable_empty_final_response, the only answer is the final one")
    async def final(client, runtime):
        requests, wanted = _numbered(client, runtime, 3)
        for request in requests:
            request["enable_empty_final_response"] = True
        for number, (result, error) in enumerate(await _converse(client, requests)):
            equal(error, None)
            said = result.get_response().parameters
            equal(said["triton_final_response"].bool_param, True)
            same(result.as_numpy("OUTPUT0"), wanted[number]["OUTPUT0"])


def _numbered(client, runtime, count):
    requests, wanted = [], []
    for number in range(count):
        inputs, values = simple(client, runtime, number)
        requests.append({"model_name": "simple", "inputs": inputs, "request_id": str(number)})
        wanted.append(values)
    return requests, wanted


async def _converse(client, requests, **options):
    """As many answers as requests, each a result and an error."""
    if client.asynchronous:
        answers = await client.stream_infer(_given(requests), **options)
        return [answer async for answer in answers]
    got = await _started(client, requests, **options)
    answers = [got.get(timeout=30) for _ in requests]
    await client.stop_stream()
    equal(got.empty(), True, "more answers than requests:")
    return answers


async def _ended(client, requests, **options):
    """The status that the stream ends with."""
    if client.asynchronous:
        return await _status_of(await client.stream_infer(_given(requests), **options))
    got = await _started(client, requests, **options)
    _, error = got.get(timeout=30)
    await client.stop_stream()
    return error.status()


async def _cancelled(client, requests):
    if client.asynchronous:
        answers = await client.stream_infer(_given(requests))
        await answers.__anext__()
        answers.cancel()
        return await _status_of(answers)
    got = await _started(client, requests)
    got.get(timeout=30)
    await client.stop_stream(cancel_requests=True)
    errors = [error for _, error in list(got.queue) if error is not None]
    return errors[-1].status()


async def _started(client, requests, **options):
    """Where the answers of a stream come to, on which the requests are sent."""
    got = queue.Queue()
    await client.start_stream(lambda result, error: got.put((result, error)), **options)
    for request in requests:
        await client.async_stream_infer(**request)
    return got


async def _given(requests):
    for request in requests:
        yield dict(request)


async def _status_of(answers):
    """What it ends with; this client lets the error of the library below it through."""
    try:
        while True:
            await answers.__anext__()
    except StopAsyncIteration:
        return None
    except asyncio.CancelledError:
        return "StatusCode.CANCELLED"
    except grpc.RpcError as error:
        return str(error.code())
