"""
schemathesis over whole documents. Argument: what tests/clients/openapi/clients.ts tells. SEED=7 asks otherwise; the
seed is in what a failure shows.
"""

import asyncio
import os
import subprocess
import sys
import urllib.request

from checked import Checks, told

# Longest time of a run in seconds; on a quiet machine it takes a quarter of a minute.
RUN_SECONDS = 220
SHOWN_CHARACTERS = 6000


def main():
    target = told()
    check = Checks()

    @check("every operation of /openapi.json: no 5xx, no undocumented status, type or body")
    def _():
        upload_spare(target)
        fuzz(target, target["url"])

    @check("every operation of the metrics service's /openapi.json, in the same way")
    def _():
        fuzz(target, target["metricsService"])

    return check.run(target)


def fuzz(target, url):
    program = os.path.join(os.path.dirname(sys.executable), "schemathesis")
    settings = os.path.abspath("tests/clients/openapi/schemathesis.toml")
    command = [program, "--config-file", settings, "run", f"{url}/openapi.json", "--no-color"]
    run = subprocess.run(
        [*command, "--seed", target["seed"]],
        cwd=target["scratch"],
        env={**os.environ, "SCHEMATHESIS_HOOKS": os.path.abspath("tests/clients/openapi/heartbeats.py")},
        capture_output=True,
        timeout=RUN_SECONDS,
    )
    said = run.stdout.decode()
    shown = f"SEED={target['seed']}\n{said[-SHOWN_CHARACTERS:]}"
    if run.returncode != 0:
        raise AssertionError(shown)
    if "No issues found" not in said:
        raise AssertionError(f"it has asked nothing: {shown}")


def upload_spare(target):
    """The model that may be taken away; see schemathesis.toml."""
    with open(os.path.join(target["models"], "simple/1/model.onnx"), "rb") as file:
        content = file.read()
    prefix = "modelhost" if target["way"] == "modelhost" else "api/v1"
    url = f"{target['url']}/{prefix}/models/spare.onnx"
    urllib.request.urlopen(urllib.request.Request(url, content, method="PUT"), timeout=60).close()


asyncio.run(main())
