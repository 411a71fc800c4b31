"""Drives perf_analyzer; argument: what tests/clients/perf-analyzer/clients.ts tells."""

import asyncio
import contextlib
import csv
import fcntl
import os
import re
import subprocess
import tempfile

from checked import Checks, equal, told

# Requests of one measurement, and its longest time in seconds.
REQUESTS = 200
SECONDS = 50


class PerfAnalyzer:
    def __init__(self, target):
        self._program = target["command"]
        self._scratch = target["scratch"]
        self.protocol = target["protocol"]
        self.secured = target.get("secured")
        self._address = target["address"]

    def measure(self, *options, model="simple", address=None):
        """Measures a number of requests, one after the other, and gives the rows of its report.

        With several at a time perf_analyzer counts wrongly now and then: all requests have their
        answers, its threads have ended, and it waits for ever for their number to be reached.
        """
        return self._report("--request-count", str(REQUESTS), *options, model=model, address=address)

    def measure_windows(self, *options):
        """As `measure`, in windows of half a second; several measurements want that."""
        return self._report("--measurement-interval", "500", "-r", "3", *options, model="simple")

    def _report(self, *options, model, address=None):
        report = os.path.join(self._scratch, "report.csv")
        # A stability of 999 % takes what it measures; otherwise a busy machine would measure for ever.
        steady = ["-s", "999"]
        words = ["-m", model, "-u", address or self._address, "-i", self.protocol, "-f", report]
        said = self._run([*words, *steady, *options])
        text = said.stdout + said.stderr
        equal(said.returncode, 0, f"{text}\nexit code:")
        equal(re.findall(r"(?i)failed[^\n]*", text), [], "of what it says:")
        with open(report, newline="") as file:
            rows = list(csv.DictReader(file))
        os.remove(report)
        for row in rows:
            positive(row, "Inferences/Second")
        return rows

    def _run(self, words):
        try:
            return subprocess.run(
                [*self._program, *words],
                capture_output=True,
                text=True,
                timeout=SECONDS,
                cwd=self._scratch,
            )
        except subprocess.TimeoutExpired as late:
            printed = (late.stdout or b"") + (late.stderr or b"")
            text = printed.decode(errors="replace")
            raise AssertionError(f"{' '.join(words)}: no end in {SECONDS} s; so far:\n{text}") from None


def positive(row, *names):
    for name in names:
        if float(row[name]) <= 0:
            raise AssertionError(f"{name} is not above 0 in {row}")


def add_checks(check):
    @check("--concurrency-range")
    def concurrency(perf):
        rows = perf.measure_windows("--concurrency-range", "1:5:2")
        equal(sorted(row["Concurrency"] for row in rows), ["1", "3", "5"])

    @check("--request-rate-range")
    def rate(perf):
        rows = perf.measure_windows("--request-rate-range", "50:100:50")
        equal(sorted(float(row["Request Rate"]) for row in rows), [50.0, 100.0])

    @check("-b 8")
    def batch(perf):
        perf.measure("-b", "8")

    @check("a model of strings (simple_string), --string-data")
    def strings(perf):
        perf.measure("--string-data", "17", model="simple_string")

    @check("--shape and --input-data random, for free dimensions")
    def shape(perf):
        perf.measure("--shape", "INPUT0:50", "-b", "2", "--input-data", "random", model="identity_fp32")

    @check("its report has the server's times: queue, compute input, compute infer, compute output")
    def report(perf):
        for row in perf.measure_windows("--concurrency-range", "4"):
            positive(row, "Server Compute Infer")
            times = [float(row[name]) for name in row if name.startswith("Server ")]
            equal(len(times), 4, "server-side columns:")
            equal(min(times) >= 0, True, f"{row}")
            return ", ".join(f"{name}: {row[name]}" for name in row if name.startswith("Server "))


def add_http_checks(check):
    @check("--input-tensor-format json, --output-tensor-format json")
    def as_json(perf):
        perf.measure("--input-tensor-format", "json", "--output-tensor-format", "json")

    @check("--ssl-https-verify-peer, --ssl-https-verify-host, --ssl-https-ca-certificates-file")
    def tls(perf):
        trusted = ("--ssl-https-ca-certificates-file", perf.secured["authority"])
        strict = ("--ssl-https-verify-peer", "1", "--ssl-https-verify-host", "2")
        perf.measure(*strict, *trusted, address=f"https://{perf.secured['https']}")


def add_grpc_checks(check):
    @check("--streaming")
    def streaming(perf):
        perf.measure_windows("--streaming", "--concurrency-range", "1:3:2")

    @check("--async")
    def asynchronous(perf):
        perf.measure_windows("--async", "--concurrency-range", "8")

    @check("--grpc-compression-algorithm gzip")
    def gzip(perf):
        perf.measure("--grpc-compression-algorithm", "gzip")

    @check("--ssl-grpc-use-ssl, --ssl-grpc-root-certifications-file")
    def tls(perf):
        trusted = ("--ssl-grpc-root-certifications-file", perf.secured["authority"])
        perf.measure("--ssl-grpc-use-ssl", *trusted, address=perf.secured["grpc"])


def add_shared_memory_checks(check):
    @check("--shared-memory system")
    def shared_memory(perf):
        with alone():
            perf.measure("--shared-memory", "system")

    @check("--shared-memory system, a model of strings (simple_string)")
    def shared_texts(perf):
        texts = ("--string-data", "17", "--output-shared-memory-size", "1000")
        with alone():
            perf.measure("--shared-memory", "system", *texts, model="simple_string")


@contextlib.contextmanager
def alone():
    """Its shared memory has the same names each time, and other ways may be tried now."""
    with open(os.path.join(tempfile.gettempdir(), "shoal-perf-analyzer.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


async def main():
    target = told()
    check = Checks()
    add_checks(check)
    add_shared_memory_checks(check)
    if target["protocol"] == "http":
        add_http_checks(check)
    else:
        add_grpc_checks(check)
    await check.run(target, PerfAnalyzer(target))


asyncio.run(main())
