"""Drives one of tritonclient's four clients; argument: what tests/clients/tritonclient/clients.ts tells."""

import asyncio

import cancellation
import guarded
import inference
import management
import over_grpc
import over_http
import over_tls
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
    guarded.add_tokens(check)
    over_tls.add_checks(check)
    for add in _own[transport]:
        add(check)
    return check


_http = (over_http.add_checks, regions.add_cuda_refused)
_grpc = (over_grpc.add_checks, streaming.add_checks, guarded.add_certificates)
_own = {
    "http": (*_http, over_http.add_async_infer),
    "http.aio": (*_http, cancellation.add_tasks),
    "grpc": (*_grpc, over_grpc.add_async_infer, streaming.add_blocking, cancellation.add_calls),
    "grpc.aio": (*_grpc, cancellation.add_tasks),
}


async def main():
    target = told()
    name = target["transport"]
    client = Transport(target, options_of(name, target))
    runtime = Runtime(target["models"])
    await checks_of(name).run(target, client, runtime)
    await client.close()


def options_of(name, target):
    if name.startswith("grpc") and "shown" in target:
        return guarded.ssl_options(target)
    return {"concurrency": 16} if name == "http" else {}


asyncio.run(main())
