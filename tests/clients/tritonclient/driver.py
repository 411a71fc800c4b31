"""Drives one of tritonclient's four clients; argument: what tests/clients/tritonclient/clients.ts tells."""

import asyncio

import inference
import management
import over_grpc
import over_http
import regions
import server
import streaming
from checked import Checks, told
from expected import Runtime
from transports import Transport


def checks_of(transport):
    check = Checks()
    server.add_checks(check)
    server.add_every_method(check)
    inference.add_checks(check)
    management.add_repository(check)
    management.add_classification(check)
    management.add_statistics(check)
    management.add_settings(check)
    regions.add_system(check)
    regions.add_refused(check)
    regions.add_cuda(check)
    for add in _own[transport]:
        add(check)
    return check


_grpc = (over_grpc.add_checks, streaming.add_checks)
_own = {
    "http": (over_http.add_checks, over_http.add_async_infer),
    "http.aio": (over_http.add_checks,),
    "grpc": (*_grpc, over_grpc.add_async_infer, streaming.add_blocking),
    "grpc.aio": (*_grpc, over_grpc.add_tasks),
}


async def main():
    target = told()
    name = target["transport"]
    client = Transport(target, options_of(name))
    runtime = Runtime(target["models"])
    await checks_of(name).run(target, client, runtime)
    await client.close()


def options_of(name):
    return {"concurrency": 16} if name == "http" else {}


asyncio.run(main())
