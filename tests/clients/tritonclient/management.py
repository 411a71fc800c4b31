"""What clients ask for that manages models, or looks into the server."""

import json
import os

import numpy
from checked import equal, refused
from expected import close, same
from inference import simple


def add_repository(check):
    @check("get_model_config: batch size and tensors, as the configuration says")
    async def config(client, runtime):
        config = await client.get_model_config("simple")
        config = config["config"] if client.grpc else config
        equal((config["name"], int(config["max_batch_size"])), ("simple", 8))
        for kind in ("input", "output"):
            equal(
                [(one["name"], one["data_type"], ints(one["dims"])) for one in config[kind]],
                [(f"{kind.upper()}{n}", "TYPE_INT32", [16]) for n in (0, 1)],
            )
        await refused(lambda: client.get_model_config("nobody"), "nobody")

    @check("get_model_repository_index: every version and its state")
    async def index(client, runtime):
        entries = await repository(client)
        equal(entries["simple"], ("1", "READY"))
        equal(set(os.listdir(client.models)) <= set(entries), True, f"models in {entries}:")

    @check("unload_model, load_model: not ready, refused, ready again")
    async def load(client, runtime):
        await client.unload_model("digits")
        equal(await client.is_model_ready("digits"), False, "ready after unload:")
        equal((await repository(client))["digits"][1], "UNAVAILABLE")
        pictures = numpy.zeros((1, 1, 8, 8), numpy.float32)
        name = "image"
        await refused(lambda: client.infer("digits", [client.input(name, pictures, "FP32")]))
        await client.load_model("digits")
        equal(await client.is_model_ready("digits"), True, "ready after load:")
        equal((await repository(client))["digits"][1], "READY")
        await client.unload_model("digits", unload_dependents=True)
        await client.load_model("digits")
        await client.unload_model("nobody")
        await refused(lambda: client.load_model("nobody"), "failed to load 'nobody'")

    @check("load_model: a configuration of the caller's own, also after it is loaded without")
    async def override(client, runtime):
        await refused(lambda: client.load_model("simple_string", config="{no json"), "failed to load")
        config = await client.get_model_config("simple_string")
        config = config["config"] if client.grpc else config
        own = {**config, "max_batch_size": "16"}
        await client.load_model("simple_string", config=json.dumps(own))
        equal(await batch_size(client, "simple_string"), 16)
        await client.load_model("simple_string")
        equal(await batch_size(client, "simple_string"), 16)

    @check("unload_model brings the configuration of the repository back")
    async def brought_back(client, runtime):
        own = {"name": "simple_string", "max_batch_size": 16}
        await client.load_model("simple_string", config=json.dumps(own))
        await client.unload_model("simple_string")
        await client.load_model("simple_string")
        equal(await batch_size(client, "simple_string"), 16)

    @check("load_model: files of the caller's own")
    async def files(client, runtime):
        with open(os.path.join(client.models, "simple", "1", "model.onnx"), "rb") as file:
            model = file.read()
        name = f"mine_{client.name.replace('.', '_')}"
        config = json.dumps({"backend": "onnxruntime", "max_batch_size": 4})
        await client.load_model(name, config=config, files={"file:1/model.onnx": model})
        inputs, wanted = simple(client, runtime)
        answer = await client.infer(name, inputs)
        same(answer.as_numpy("OUTPUT0"), wanted["OUTPUT0"])
        equal(await batch_size(client, name), 4)
        await client.unload_model(name)
        equal(await client.is_model_ready(name), False, "ready after unload:")


def add_statistics(check):
    @check("get_inference_statistics: counts what was asked, over all modelhosts")
    async def statistics(client, runtime):
        before = await counted(client, "simple")
        for number in range(10):
            inputs, _ = simple(client, runtime, number, rows=2)
            await client.infer("simple", inputs)
        after = await counted(client, "simple")
        equal(int(after["inference_count"]) - int(before.get("inference_count", 0)), 20, "rows")
        runs = int(after["execution_count"]) - int(before.get("execution_count", 0))
        equal(0 < runs <= 10, True, f"{runs} runs of 10 requests:")
        for part in ("success", "queue", "compute_input", "compute_infer", "compute_output"):
            was = before.get("inference_stats", {}).get(part, {})
            now = after["inference_stats"][part]
            equal(int(now["count"]) - int(was.get("count", 0)), 10, part)
            equal(int(now.get("ns", 0)) >= int(was.get("ns", 0)), True, part)
        everything = await client.get_inference_statistics()
        equal("simple" in [one["name"] for one in everything["model_stats"]], True)
        await refused(lambda: client.get_inference_statistics("nobody"), "nobody")


def add_classification(check):
    @check("infer: class_count answers the greatest values with their index")
    async def classification(client, runtime):
        flowers = numpy.array([[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]], numpy.float32)
        inputs = [client.input("features", flowers, "FP32")]
        outputs = [client.output("probabilities", classes=2)]
        answer = (await client.infer("iris", inputs, outputs=outputs)).as_numpy("probabilities")
        equal(answer.shape, (2, 2))
        wanted = runtime.run("iris", {"features": flowers})["probabilities"]
        for row, values in zip(answer, wanted):
            pairs = [one.decode().split(":")[:2] for one in row]
            order = numpy.argsort(-values)[:2]
            equal([int(index) for _, index in pairs], order.tolist())
            close(numpy.array([float(value) for value, _ in pairs]), values[order])


def add_settings(check):
    @check("get_trace_settings, update_trace_settings: of all and of one model, and back")
    async def trace(client, runtime):
        for model in ({}, {"model_name": "simple"}):
            before = await traced(client, **model)
            await client.update_trace_settings(settings={"trace_rate": "77"}, **model)
            equal((await traced(client, **model))["trace_rate"], ["77"])
            await client.update_trace_settings(settings={"trace_rate": None}, **model)
            equal((await traced(client, **model))["trace_rate"], before["trace_rate"])
        await refused(lambda: client.update_trace_settings(settings={"trace_rate": "some"}))

    @check("get_log_settings, update_log_settings")
    async def log(client, runtime):
        before = await logged(client)
        await client.update_log_settings({"log_verbose_level": 1})
        equal((await logged(client))["log_verbose_level"], 1)
        await client.update_log_settings({"log_verbose_level": before["log_verbose_level"]})
        equal(await logged(client), before)


async def repository(client):
    answer = await client.get_model_repository_index()
    entries = answer["models"] if client.grpc else answer
    return {one["name"]: (one.get("version"), one.get("state")) for one in entries}


async def batch_size(client, model):
    config = await client.get_model_config(model)
    return int((config["config"] if client.grpc else config)["max_batch_size"])


async def counted(client, model):
    """The only entry of a model that is named, with the version and without."""
    for version in ("", "1"):
        entries = (await client.get_inference_statistics(model, version))["model_stats"]
        equal([(one["name"], one["version"]) for one in entries], [(model, "1")])
    return entries[0]


async def traced(client, **model):
    settings = await client.get_trace_settings(**model)
    if client.grpc:
        return {name: one.get("value", []) for name, one in settings["settings"].items()}
    return {name: one if isinstance(one, list) else [one] for name, one in settings.items()}


async def logged(client):
    settings = await client.get_log_settings()
    if not client.grpc:
        return settings
    return {name: next(iter(one.values())) for name, one in settings["settings"].items()}


def ints(values):
    return [int(value) for value in values]
