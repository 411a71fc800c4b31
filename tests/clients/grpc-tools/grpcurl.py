"""Drives grpcurl; argument: what tests/clients/grpc-tools/clients.ts tells."""

import asyncio
import json
import subprocess

from calls import SERVICE, WANTED, outputs, raw_request, request
from checked import Checks, equal, told

SECONDS = 20


class Grpcurl:
    def __init__(self, target, address=None, transport=("-plaintext",)):
        self.target = target
        self._words = [target["program"], *transport, "-max-time", "10"]
        self._address = address or target["grpc"]

    def run(self, *words, data=None, options=()):
        """What it says, its exit code and its complaints."""
        given = [] if data is None else ["-d", json.dumps(data)]
        done = subprocess.run(
            [*self._words, *options, *given, self._address, *words],
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        return done.stdout, done.returncode, done.stderr

    def call(self, method, data=None, options=()):
        said, code, complaints = self.run(method, data=data or {}, options=options)
        equal(code, 0, f"{method}: {complaints}")
        return json.loads(said)


def add_checks(check):
    @check("list, describe: the services by reflection")
    def reflection(grpcurl):
        said, code, complaints = grpcurl.run("list")
        equal(code, 0, complaints)
        equal({SERVICE, "grpc.health.v1.Health"} <= set(said.split()), True, said)
        said, code, complaints = grpcurl.run("describe", f"{SERVICE}.ModelInfer")
        equal(code, 0, complaints)
        equal(".inference.ModelInferRequest" in said, True, said)

    @check("grpc.health.v1.Health/Check")
    def health(grpcurl):
        equal(grpcurl.call("grpc.health.v1.Health/Check"), {"status": "SERVING"})

    @check("ServerLive, ServerReady, ModelReady, ServerMetadata, ModelMetadata, ModelConfig")
    def server(grpcurl):
        equal(grpcurl.call(f"{SERVICE}/ServerLive"), {"live": True})
        equal(grpcurl.call(f"{SERVICE}/ServerReady"), {"ready": True})
        equal(grpcurl.call(f"{SERVICE}/ModelReady", {"name": "simple"}), {"ready": True})
        equal("extensions" in grpcurl.call(f"{SERVICE}/ServerMetadata"), True)
        metadata = grpcurl.call(f"{SERVICE}/ModelMetadata", {"name": "simple"})
        equal([one["shape"] for one in metadata["inputs"]], [["-1", "16"]] * 2)
        config = grpcurl.call(f"{SERVICE}/ModelConfig", {"name": "simple"})["config"]
        equal(config["maxBatchSize"], 8)

    @check("ModelInfer: typed and raw tensors")
    def infer(grpcurl):
        for asked in (request(), raw_request()):
            equal(outputs(grpcurl.call(f"{SERVICE}/ModelInfer", asked)), WANTED)

    @check("ModelInfer: errors have their gRPC status")
    def errors(grpcurl):
        for asked, status in ((request("nobody"), "NotFound"), ({"model_name": "simple"}, "InvalidArgument")):
            _, code, complaints = grpcurl.run(f"{SERVICE}/ModelInfer", data=asked)
            equal((code != 0, f"Code: {status}" in complaints), (True, True), complaints)

    @check("ModelStreamInfer: two requests, two answers")
    def stream(grpcurl):
        both = json.dumps(request()) + json.dumps(raw_request())
        done = subprocess.run(
            [*grpcurl._words, "-d", "@", grpcurl._address, f"{SERVICE}/ModelStreamInfer"],
            input=both,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        equal(done.returncode, 0, done.stderr)
        equal(done.stdout.count("inferResponse"), 2, done.stdout)

    @check("tensorflow.serving.PredictionService/Predict, by reflection and with -proto")
    def predict(grpcurl):
        shape = {"dim": [{"size": 3}]}
        x = {"dtype": "DT_FLOAT", "tensor_shape": shape, "float_val": [1, 2, 5]}
        asked = {"model_spec": {"name": "half_plus_two"}, "inputs": {"x": x}}
        contract = ("-import-path", "protocol/grpc/proto", "-proto", "tf-serving.proto")
        for options in ((), contract):
            answer = grpcurl.call("tensorflow.serving.PredictionService/Predict", asked, options)
            y = answer["outputs"]["y"]
            equal((y["dtype"], y["floatVal"]), ("DT_FLOAT", [2.5, 3, 4.5]))

    @check("-cacert: through an edge with TLS, whose certificate is checked")
    def tls(grpcurl):
        secured = grpcurl.target["secured"]
        trusting = Grpcurl(grpcurl.target, secured["grpc"], ("-cacert", secured["authority"]))
        equal(outputs(trusting.call(f"{SERVICE}/ModelInfer", request())), WANTED)
        # HTTP and gRPC on one port, as most have it that take TLS.
        same_port = Grpcurl(grpcurl.target, secured["https"], ("-cacert", secured["authority"]))
        equal(outputs(same_port.call(f"{SERVICE}/ModelInfer", request())), WANTED)
        _, code, complaints = Grpcurl(grpcurl.target, secured["grpc"], ()).run("list")
        equal((code != 0, "certificate" in complaints), (True, True), complaints)


def main():
    target = told()
    check = Checks()
    add_checks(check)
    return check.run(target, Grpcurl(target))


asyncio.run(main())
