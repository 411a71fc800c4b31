"""Calls that the caller gives up while the server works on them, and what the server's own metrics say then."""

import asyncio
import queue
import re
import time
import urllib.request

from checked import equal
from inference import slow
from over_grpc import into

# Calls at once of a model that takes its time, and how many may have begun when they are cancelled.
_many, _begun = 24, 12

# What is always under way: the question for metrics, and what each of two modelhosts keeps open.
_always = 3

_seconds = 30


def add_calls(check):
    """The blocking gRPC client only."""

    @check("async_infer: cancelled calls leave the queue of the server")
    async def calls(client, runtime):
        answers = queue.Queue()
        before = await _rows(client)
        calls = [
            await client.async_infer("slow_alone", slow(client), into(answers)) for _ in range(_many)
        ]
        await _until(client, lambda waiting, _: waiting > 0)
        for call in calls:
            call.cancel()
        ended = [answers.get(timeout=_seconds) for _ in calls]
        cancelled = [error.status() for result, error in ended if result is None]
        _most(cancelled, "StatusCode.CANCELLED")
        await _left(client, before)


def add_tasks(check):
    """The asynchronous clients only."""

    @check("infer: cancelled tasks leave the queue of the server")
    async def tasks(client, runtime):
        before = await _rows(client)
        tasks = [asyncio.ensure_future(client.infer("slow_alone", slow(client))) for _ in range(_many)]
        await _until(client, lambda waiting, _: waiting > 0)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        _most([type(one) for one in ended if isinstance(one, BaseException)], asyncio.CancelledError)
        await _left(client, before)


def _most(ends, wanted):
    """Calls that were not answered before they were cancelled ended as such, and only few were answered."""
    equal(set(ends), {wanted})
    equal(len(ends) >= _many - _begun, True, f"{len(ends)} of {_many} calls were cancelled:")


async def _left(client, before):
    """Nothing waits or is under way, the next call is answered, and most of those before it were never run."""
    await _until(client, lambda waiting, under_way: waiting == 0 and under_way <= _always)
    await client.infer("slow_alone", slow(client))
    rows = await _rows(client) - before
    equal(1 <= rows <= 1 + _begun, True, f"{rows} rows run after {_many} were cancelled:")


async def _rows(client):
    entry = (await client.get_inference_statistics("slow_alone"))["model_stats"][0]
    return int(entry.get("inference_count", 0))


async def _until(client, holds):
    """Returns when it holds of the rows that wait for the model, and of the requests that are under way."""
    end = time.monotonic() + _seconds
    while True:
        told = await asyncio.to_thread(_metrics, client.target["metrics"])
        numbers = (
            _sum(told, r'shoal_queue_rows\{[^\n]*model="slow_alone"'),
            _sum(told, r"shoal_in_flight_requests\b"),
        )
        if holds(*numbers):
            return
        if time.monotonic() > end:
            raise AssertionError(f"rows that wait, requests under way: {numbers} after {_seconds} s")
        await asyncio.sleep(0.01)


def _metrics(url):
    with urllib.request.urlopen(url, timeout=_seconds) as answer:
        return answer.read().decode()


def _sum(told, series):
    return sum(float(value) for value in re.findall(rf"^{series}\S* (\S+)$", told, re.MULTILINE))
