"""
Drives tensorflow-serving-api, which is what TensorFlow Serving has for clients over gRPC; argument: what
tests/clients/tf-serving/clients.ts tells. Without TensorFlow itself, whose make_tensor_proto and make_ndarray
write and read tensors for its users: they are written in both forms here.
"""

import asyncio

import grpc
import numpy
from checked import Checks, equal, told
from labels import label
from tensorflow.core.framework import tensor_pb2, types_pb2
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

FLOAT, INT32, STRING = types_pb2.DT_FLOAT, types_pb2.DT_INT32, types_pb2.DT_STRING


class Prediction:
    def __init__(self, target):
        self.target = target
        self._stub = prediction_service_pb2_grpc.PredictionServiceStub(
            grpc.insecure_channel(target["grpc"])
        )

    def predict(self, model, inputs, outputs=(), **spec):
        """The answer to tensors by name."""
        asked = predict_pb2.PredictRequest()
        asked.model_spec.name = model
        if "label" in spec:
            asked.model_spec.version_label = spec["label"]
        if "version" in spec:
            asked.model_spec.version.value = spec["version"]
        asked.model_spec.signature_name = spec.get("signature", "serving_default")
        for name, tensor in inputs.items():
            asked.inputs[name].CopyFrom(tensor)
        asked.output_filter.extend(outputs)
        return self._stub.Predict(asked, timeout=30)


def tensor(kind, shape, **values):
    made = tensor_pb2.TensorProto(dtype=kind, **values)
    for size in shape:
        made.tensor_shape.dim.add().size = size
    return made


def values(answer, name):
    """Elements and shape of an output, in whichever form it came."""
    got = answer.outputs[name]
    shape = [one.size for one in got.tensor_shape.dim]
    if got.tensor_content:
        kind = {FLOAT: "<f4", INT32: "<i4"}[got.dtype]
        return numpy.frombuffer(got.tensor_content, kind).tolist(), shape
    fields = {FLOAT: got.float_val, INT32: got.int_val, STRING: got.string_val}
    return list(fields[got.dtype]), shape


X = tensor(FLOAT, [3], float_val=[1, 2, 5])
Y = ([2.5, 3, 4.5], [3])


def add_checks(check):
    @check("Predict: numbers, in lists and as bytes")
    def numbers(service):
        raw = numpy.array([1, 2, 5], "<f4").tobytes()
        for x in (X, tensor(FLOAT, [3], tensor_content=raw)):
            answer = service.predict("half_plus_two", {"x": x})
            equal(values(answer, "y"), Y)
            equal((answer.model_spec.name, answer.model_spec.version.value), ("half_plus_two", 1))
        # A list may be shorter than the shape: its last element stands for those that follow.
        short = tensor(FLOAT, [3], float_val=[1])
        equal(values(service.predict("half_plus_two", {"x": short}), "y"), ([2.5] * 3, [3]))

    @check("Predict: several inputs by name, and the outputs that are asked for")
    def several(service):
        a, b = list(range(16)), [3] * 16
        inputs = {
            f"INPUT{n}": tensor(INT32, [1, 16], int_val=column) for n, column in enumerate((a, b))
        }
        wanted = {"OUTPUT0": [x + 3 for x in a], "OUTPUT1": [x - 3 for x in a]}
        for names in ((), ("OUTPUT1",)):
            answer = service.predict("simple", inputs, names)
            equal(set(answer.outputs), set(names or wanted))
            for name in answer.outputs:
                equal(values(answer, name), (wanted[name], [1, 16]), name)

    @check("Predict: strings")
    def strings(service):
        texts = ["héllo".encode(), b"", "日本語".encode()]
        answer = service.predict("identity_bytes", {"INPUT0": tensor(STRING, [1, 3], string_val=texts)})
        equal(values(answer, "OUTPUT0"), (texts, [1, 3]))

    @check("Predict: a version by number and by label")
    def versions(service):
        label(service.target["url"], "half_plus_two", "mine", 1)
        for spec in ({"version": 1}, {"label": "mine"}, {"signature": ""}):
            equal(values(service.predict("half_plus_two", {"x": X}, **spec), "y"), Y, str(spec))

    @check("Predict: errors have their gRPC status")
    def errors(service):
        status = grpc.StatusCode
        for model, inputs, spec, wanted in (
            ("nobody", {"x": X}, {}, status.NOT_FOUND),
            ("half_plus_two", {"x": X}, {"version": 9}, status.NOT_FOUND),
            ("half_plus_two", {"x": X}, {"label": "other"}, status.NOT_FOUND),
            ("half_plus_two", {"x": X}, {"signature": "other"}, status.INVALID_ARGUMENT),
            ("half_plus_two", {}, {}, status.INVALID_ARGUMENT),
            ("half_plus_two", {"x": tensor(STRING, [1], string_val=[b"a"])}, {}, status.INVALID_ARGUMENT),
        ):
            try:
                service.predict(model, inputs, **spec)
            except grpc.RpcError as error:
                equal(error.code(), wanted, f"{model}, {spec}: {error.details()}")
            else:
                raise AssertionError(f"{model}, {spec} was answered")


def main():
    target = told()
    check = Checks()
    add_checks(check)
    return check.run(target, Prediction(target))


asyncio.run(main())
