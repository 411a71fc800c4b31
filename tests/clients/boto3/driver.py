"""Drives boto3's sagemaker-runtime; argument: what tests/clients/boto3/clients.ts tells."""

import asyncio
import io
import json

import boto3
import numpy
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from checked import Checks, equal, told

FLOWERS = [[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]]


class Runtime:
    def __init__(self, target, **config):
        self.target = target
        self.client = boto3.client(
            "sagemaker-runtime",
            endpoint_url=target["url"],
            region_name="eu-west-1",
            aws_access_key_id="key",
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}, **config),
        )

    def unsigned(self, token):
        """One that shows a token, as docs/sagemaker.md has it."""
        other = Runtime(self.target, signature_version=UNSIGNED)
        other.client.meta.events.register(
            "before-call.sagemaker-runtime",
            lambda params, **_: params["headers"].update(Authorization="Bearer " + token),
        )
        return other

    def invoke(self, model, body, content_type, accept="application/json", **more):
        """The body of the answer, and its type."""
        answer = self.client.invoke_endpoint(
            EndpointName=model, Body=body, ContentType=content_type, Accept=accept, **more
        )
        equal(answer["ResponseMetadata"]["HTTPStatusCode"], 200)
        return answer["Body"].read(), answer["ContentType"].split(";")[0]


def add_checks(check):
    @check("invoke_endpoint: JSON by instances")
    def instances(runtime):
        body, kind = runtime.invoke(
            "identity_fp64", json.dumps({"instances": FLOWERS}), "application/json"
        )
        equal((json.loads(body)["predictions"], kind), (FLOWERS, "application/json"))

    @check("invoke_endpoint: JSON of the Open Inference Protocol")
    def inference_protocol(runtime):
        tensor = {"name": "INPUT0", "shape": [2, 4], "datatype": "FP64", "data": FLOWERS}
        asked = json.dumps({"inputs": [tensor]})
        body, _ = runtime.invoke("identity_fp64", asked, "application/json")
        equal(json.loads(body)["outputs"][0]["data"], sum(FLOWERS, []))

    @check("invoke_endpoint: binary tensors (vnd.sagemaker-triton.binary+json)")
    def binary(runtime):
        values = numpy.array(FLOWERS, dtype="<f8")
        size = {"binary_data_size": values.nbytes}
        tensor = {"name": "INPUT0", "shape": [2, 4], "datatype": "FP64", "parameters": size}
        outputs = [{"name": "OUTPUT0", "parameters": {"binary_data": True}}]
        head = json.dumps({"inputs": [tensor], "outputs": outputs}).encode()
        triton = "application/vnd.sagemaker-triton.binary+json;json-header-size="
        answer = runtime.client.invoke_endpoint(
            EndpointName="identity_fp64",
            Body=head + values.tobytes(),
            ContentType=f"{triton}{len(head)}",
        )
        length = int(answer["ContentType"].removeprefix(triton))
        equal(answer["Body"].read()[length:], values.tobytes())

    @check("invoke_endpoint: CSV in and out")
    def csv(runtime):
        body, kind = runtime.invoke("identity_fp64", b"1.5,2\n-3,4\n", "text/csv", "text/csv")
        rows = [[float(cell) for cell in line.split(",")] for line in body.decode().split()]
        equal((rows, kind), ([[1.5, 2], [-3, 4]], "text/csv"))

    @check("invoke_endpoint: NumPy arrays in and out")
    def npy(runtime):
        values = numpy.array(FLOWERS)
        sent = io.BytesIO()
        numpy.save(sent, values)
        body, kind = runtime.invoke(
            "identity_fp64", sent.getvalue(), "application/x-npy", "application/x-npy"
        )
        equal((numpy.load(io.BytesIO(body)).tolist(), kind), (FLOWERS, "application/x-npy"))

    @check("invoke_endpoint: several NumPy arrays by name (npz)")
    def npz(runtime):
        a = numpy.arange(16, dtype=numpy.int32).reshape(1, 16)
        b = numpy.full((1, 16), 3, dtype=numpy.int32)
        sent = io.BytesIO()
        numpy.savez_compressed(sent, INPUT0=a, INPUT1=b)
        body, kind = runtime.invoke(
            "simple", sent.getvalue(), "application/x-npz", "application/x-npz"
        )
        equal(kind, "application/x-npz")
        with numpy.load(io.BytesIO(body)) as got:
            arrays = {name: got[name].tolist() for name in got.files}
        equal(arrays, {"OUTPUT0": (a + b).tolist(), "OUTPUT1": (a - b).tolist()})

    @check("invoke_endpoint: application/octet-stream in and out")
    def octets(runtime):
        kind = "application/octet-stream"
        values = numpy.array([1, 2, 5], dtype="<f4")
        body, got = runtime.invoke("half_plus_two", values.tobytes(), kind, kind)
        equal((numpy.frombuffer(body, "<f4").tolist(), got), ([2.5, 3, 4.5], kind))
        body, _ = runtime.invoke("half_plus_two", values.tobytes(), kind)
        equal(json.loads(body)["predictions"], [2.5, 3, 4.5])

    @check("invoke_endpoint: JSON lines in and out")
    def lines(runtime):
        kind = "application/jsonlines"
        sent = "".join(json.dumps(row) + "\n" for row in FLOWERS)
        body, _ = runtime.invoke("identity_fp64", sent, kind, kind)
        equal([json.loads(line) for line in body.decode().splitlines()], FLOWERS)

    @check("invoke_endpoint: a picture")
    def picture(runtime):
        with open("examples/pictures/seven.png", "rb") as file:
            body, _ = runtime.invoke("digits", file.read(), "image/png")
        equal(json.loads(body)["predictions"][0]["digit"], 7)

    @check("invoke_endpoint: TargetModel, TargetVariant, CustomAttributes, InferenceId")
    def targets(runtime):
        asked = json.dumps({"instances": FLOWERS})
        more = {"TargetModel": "identity_fp64", "CustomAttributes": "a=b", "InferenceId": "mine"}
        body, _ = runtime.invoke("iris", asked, "application/json", **more)
        equal(json.loads(body)["predictions"], FLOWERS)
        body, _ = runtime.invoke("identity_fp64", asked, "application/json", TargetVariant="1")
        equal(json.loads(body)["predictions"], FLOWERS)

    @check("invoke_endpoint: errors are ClientError with their status")
    def errors(runtime):
        for model, kind, accept, status in (
            ("nobody", "application/json", "application/json", 404),
            ("identity_fp64", "application/x-unheard-of", "application/json", 415),
            ("identity_fp64", "application/json", "application/x-unheard-of", 406),
        ):
            try:
                runtime.invoke(model, json.dumps({"instances": FLOWERS}), kind, accept)
            except ClientError as error:
                equal(error.response["ResponseMetadata"]["HTTPStatusCode"], status, str(error))
            else:
                raise AssertionError(f"{model}, {kind}, {accept} were answered")

    @check("invoke_endpoint_async, invoke_endpoint_with_response_stream are refused")
    def others(runtime):
        for call in (
            lambda: runtime.client.invoke_endpoint_async(EndpointName="iris", InputLocation="s3://a/b"),
            lambda: runtime.client.invoke_endpoint_with_response_stream(
                EndpointName="iris", Body=b"[]"
            ),
        ):
            try:
                call()
            except ClientError as error:
                equal(error.response["ResponseMetadata"]["HTTPStatusCode"] in (404, 501), True)
            else:
                raise AssertionError("it was answered")

    @check("invoke_endpoint: a token in place of the signature, where tokens are wanted")
    def tokens(runtime):
        asked = ("identity_fp64", json.dumps({"instances": FLOWERS}), "application/json")
        body, _ = runtime.unsigned(runtime.target["shown"]["token"]).invoke(*asked)
        equal(json.loads(body)["predictions"], FLOWERS)
        for other in (runtime, runtime.unsigned("unheard of")):
            try:
                other.invoke(*asked)
            except ClientError as error:
                equal(error.response["ResponseMetadata"]["HTTPStatusCode"], 401, str(error))
            else:
                raise AssertionError("it was answered without a token")


def main():
    target = told()
    check = Checks()
    add_checks(check)
    return check.run(target, Runtime(target))


asyncio.run(main())
