"""Drives one of tritonclient's four clients; argument: what tests/clients/tritonclient/clients.ts tells."""

import asyncio

import inference
import management
import over_http
import regions
import server
from checked import Checks, told
from expected import Runtime
from transports import Transport


def checks_of(transport):
    check = Checks()
    server.add_checks(check)
    inference.add_checks(check)
    management.add_classification(check)
    management.add_statistics(check)
    management.add_settings(check)
    regions.add_system(check)
    regions.add_refused(check)
    regions.add_cuda(check)
    if not transport.startswith("grpc"):
        over_http.add_checks(check)
    if transport == "http":
        over_http.add_async_infer(check)
    return check


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
