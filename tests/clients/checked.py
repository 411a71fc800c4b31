"""What the drivers in Python share: checks by name, each run for itself, and a line of JSON for each."""

import asyncio
import inspect
import json
import sys
import traceback

# Longest time of one check in seconds; calls that hang inside a client are ended with the driver.
CHECK_SECONDS = 60


class Checks:
    """The checks of one client. A check fails by raising; what it returns is shown."""

    def __init__(self):
        self._known = {}

    def __call__(self, what):
        def keep(function):
            assert what not in self._known, what
            self._known[what] = function
            return function

        return keep

    async def run(self, told, *arguments):
        """Runs what is wanted, in the order of the list, and tells of what is not on it."""
        for what in told["wanted"]:
            function = self._known.get(what)
            if function is None:
                tell(what, False, "the driver has no such check")
            else:
                await _run(what, function, arguments)
        for what in self._known.keys() - set(told["listed"]):
            tell(what, False, "the driver has a check that is not listed")


async def _run(what, function, arguments):
    try:
        answer = function(*arguments)
        if inspect.isawaitable(answer):
            answer = await asyncio.wait_for(answer, CHECK_SECONDS)
        tell(what, True, "" if answer is None else str(answer))
    except Exception:  # whatever a client throws is a finding
        tell(what, False, traceback.format_exc(limit=-4))


def tell(what, ok, detail):
    print(json.dumps({"what": what, "ok": bool(ok), "detail": detail}), flush=True)


def told():
    """What the test has told: the target, the checks that are wanted, all that are listed."""
    return json.loads(sys.argv[1])


def equal(got, wanted, of=""):
    if got != wanted:
        raise AssertionError(f"{of} wanted {wanted!r}, got {got!r}".strip())


async def refused(call, *parts):
    """The error that the call ends with; its text holds each of the parts."""
    try:
        answer = call()
        if inspect.isawaitable(answer):
            answer = await answer
    except Exception as error:
        for part in parts:
            if part not in str(error):
                raise AssertionError(f"wanted an error with {part!r}, got {error}") from error
        return error
    raise AssertionError(f"wanted an error with {parts}, got {answer!r}")
