"""Keeps heartbeats from naming what is not ours: the inferrer would ask it, or wait for it."""

import schemathesis

NOWHERE = "127.0.0.1:1"


@schemathesis.hook
def before_call(context, case, **kwargs):
    beat = case.body
    if case.operation.path != "/cluster/heartbeat" or not isinstance(beat, dict):
        return
    if str(beat.get("url", "")).startswith("http"):
        beat["url"] = f"http://{NOWHERE}"
    if beat.get("ready") is True:
        beat["ready"] = False
    for runner in within(beat, "runners"):
        if isinstance(runner, dict) and str(runner.get("address", "")).startswith(("tcp:", "unix:")):
            runner["address"] = f"tcp:{NOWHERE}"
    if within(beat, "inferrers"):
        beat["inferrers"] = [f"http://{NOWHERE}"]


def within(beat, name):
    found = beat.get(name)
    return found if isinstance(found, list) else []
