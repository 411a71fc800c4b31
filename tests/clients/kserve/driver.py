"""Drives KServe's clients; argument: what tests/clients/kserve/clients.ts tells."""

import asyncio

import over_grpc
import rest_v1
import rest_v2
from checked import Checks, told
from kserve import InferenceGRPCClient, InferenceRESTClient, RESTConfig


class Rest:
    """A client, and the address that each of its calls wants."""

    def __init__(self, protocol, url):
        self.client = InferenceRESTClient(RESTConfig(protocol=protocol))
        self.url = url

    async def close(self):
        await self.client.close()


class Grpc:
    def __init__(self, address):
        self.client = InferenceGRPCClient(address)

    async def close(self):
        await self.client.close()


clients = {
    "v1": (lambda target: Rest("v1", target["url"]), rest_v1.add_checks),
    "v2": (lambda target: Rest("v2", target["url"]), rest_v2.add_checks),
    "grpc": (lambda target: Grpc(target["grpc"]), over_grpc.add_checks),
}


async def main():
    target = told()
    make, add_checks = clients[target["protocol"]]
    client = make(target)
    check = Checks()
    add_checks(check)
    await check.run(target, client)
    await client.close()


asyncio.run(main())
