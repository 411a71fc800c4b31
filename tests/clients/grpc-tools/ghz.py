"""Drives ghz; argument: what tests/clients/grpc-tools/clients.ts tells."""

import asyncio
import json
import subprocess

from calls import SERVICE, raw_request, request
from checked import Checks, equal, told

SECONDS = 50


class Ghz:
    def __init__(self, target):
        self._words = [target["program"], "--insecure", "--format", "json", "--timeout", "20s"]
        self._address = target["grpc"]

    def measure(self, method, data, *options):
        words = ["--call", f"{SERVICE}.{method}", "-d", json.dumps(data), *options, self._address]
        done = subprocess.run(
            [*self._words, *words], capture_output=True, text=True, timeout=SECONDS
        )
        equal(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)


def add_checks(check):
    @check("300 ModelInfer, 8 at once, over 4 connections")
    def unary(ghz):
        for data in (request(), raw_request()):
            report = ghz.measure("ModelInfer", data, "-n", "300", "-c", "8", "--connections", "4")
            equal(report["statusCodeDistribution"], {"OK": 300})

    @check("ModelStreamInfer")
    def stream(ghz):
        report = ghz.measure("ModelStreamInfer", [request()] * 5, "-n", "20", "-c", "4")
        equal(report["statusCodeDistribution"], {"OK": 20})


def main():
    target = told()
    check = Checks()
    add_checks(check)
    return check.run(target, Ghz(target))


asyncio.run(main())
