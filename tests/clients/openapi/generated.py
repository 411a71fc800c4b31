"""A client that openapi-generator makes. Argument: what tests/clients/openapi/clients.ts tells."""

import asyncio
import glob
import hashlib
import os
import shutil
import subprocess
import sys
import urllib.request

from checked import Checks, equal, told

PACKAGE = "generated_client"


def main():
    target = told()
    check = Checks()

    @check("a client in Python is made from /openapi.json")
    def _():
        sys.path.insert(0, generated(target))
        __import__(PACKAGE)

    @check("infer: the answer has the values that were sent")
    def _():
        made, client = connected(target)
        api = made.OpenInferenceProtocolApi(client)
        sent = [5.5, -2.25, 0.0, 4.0]
        values = [made.Values(value) for value in sent]
        tensor = made.InferInput(name="INPUT0", datatype="FP32", shape=[1, 4], data=values)
        wanted = [made.WantedOutput(name="OUTPUT0")]
        request = made.InferRequest(id="made", inputs=[tensor], outputs=wanted)
        for answer in [
            api.oip_infer("identity_fp32", request),
            api.oip_infer_version("identity_fp32", "1", request, shoal_timeout_ms=30_000),
        ]:
            equal([answer.id, answer.model_name, answer.model_version], ["made", "identity_fp32", "1"])
            (output,) = answer.outputs
            equal([output.name, output.datatype, output.shape], ["OUTPUT0", "FP32", [1, 4]])
            equal([value.actual_instance for value in output.data], sent)

    @check("FRACTAL's prediction and TensorFlow Serving's predict give the same")
    def _():
        made, client = connected(target)
        row = [made.NestedValues(value) for value in (5.1, 3.5, 1.4, 0.2)]
        prediction = made.FRACTALPredictionsApi(client).predict("iris", made.Prediction(values=row))
        equal([prediction.model, prediction.version], ["iris", 1])
        served = made.ServedValues([made.ServedValues(value) for value in (5.1, 3.5, 1.4, 0.2)])
        request = made.TfsPredictRequest(instances=[served])
        answer = made.TensorFlowServingAndKServeV1Api(client).tfs_predict("iris", request)
        (first,) = answer.to_dict()["predictions"]
        equal(first["label"], prediction.to_dict()["outputs"]["label"][0])

    @check("metadata, configuration, readiness and statistics of a model")
    def _():
        made, client = connected(target)
        api = made.OpenInferenceProtocolApi(client)
        metadata = api.oip_metadata("identity_fp32")
        (tensor,) = metadata.inputs
        equal([metadata.name, metadata.versions], ["identity_fp32", ["1"]])
        equal([tensor.name, tensor.datatype, tensor.shape], ["INPUT0", "FP32", [-1, -1]])
        equal(api.oip_config("identity_fp32").name, "identity_fp32")
        equal(api.oip_ready("identity_fp32").ready, True)
        (line,) = made.StatisticsApi(client).model_statistics("identity_fp32").model_stats
        assert line.inference_count > 0, line
        listed = made.ModelsApi(client).models().model_list
        assert "identity_fp32.onnx" in listed, listed

    @check("the server's metadata and health")
    def _():
        made, client = connected(target)
        api = made.OpenInferenceProtocolApi(client)
        equal(api.oip_server().name, "shoal")
        equal([api.oip_server_live().live, api.oip_server_ready().ready], [True, True])
        made.HealthApi(client).health_ready()

    @check("repository index, unload and load")
    def _():
        made, client = connected(target)
        api = made.ModelRepositoryApi(client)

        def ready():
            index = api.repository_index(made.IndexBody(ready=True))
            return "identity_int8" in [line.name for line in index]

        equal(ready(), True)
        api.repository_unload("identity_int8")
        equal(ready(), False)
        api.repository_load("identity_int8")
        equal(ready(), True)

    @check("errors are the exceptions of their statuses, with the one error body")
    def _():
        made, client = connected(target)
        api = made.OpenInferenceProtocolApi(client)
        error = thrown(made.exceptions.NotFoundException, lambda: api.oip_metadata("nothing"))
        equal([error.status, error.data.code], [404, "unknown_model"])
        tensor = made.InferInput(name="INPUT0", datatype="FP32", shape=[1, 4], data=[])
        request = made.InferRequest(inputs=[tensor])
        error = thrown(
            made.exceptions.BadRequestException, lambda: api.oip_infer("identity_fp32", request)
        )
        equal([error.status, error.data.code], [400, "invalid_request"])

    return check.run(target)


def connected(target):
    made = __import__(PACKAGE)
    return made, made.ApiClient(made.Configuration(host=target["url"]))


def thrown(kind, call):
    try:
        answer = call()
    except kind as error:
        return error
    raise AssertionError(f"wanted {kind.__name__}, got {answer!r}")


def generated(target):
    """The folder with the client; all ways have the same document, so that one is made for all."""
    with urllib.request.urlopen(f"{target['url']}/openapi.json", timeout=30) as answer:
        content = answer.read()
    place = os.path.join(os.path.dirname(target["jar"]), "generated")
    folder = f"{place}-{hashlib.sha256(content).hexdigest()[:16]}"
    if os.path.isdir(folder):
        return folder
    for old in glob.glob(f"{place}-*"):
        shutil.rmtree(old)
    document = os.path.join(target["scratch"], "openapi.json")
    with open(document, "wb") as file:
        file.write(content)
    unfinished = os.path.join(target["scratch"], "generated")
    arguments = ["-g", "python", "--package-name", PACKAGE, "-i", document, "-o", unfinished]
    command = ["java", "-jar", target["jar"], "generate", *arguments]
    subprocess.run(command, check=True, capture_output=True, timeout=150)
    shutil.move(unfinished, folder)
    return folder


asyncio.run(main())
