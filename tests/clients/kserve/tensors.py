"""Requests of the Open Inference Protocol as KServe's own types make them."""

import numpy
from checked import equal
from kserve import InferInput, InferRequest

A = numpy.arange(32, dtype=numpy.int32).reshape(2, 16)
B = numpy.full((2, 16), 5, dtype=numpy.int32)


def simple(binary, request_id=None):
    inputs = []
    for name, values in (("INPUT0", A), ("INPUT1", B)):
        tensor = InferInput(name, list(values.shape), "INT32")
        tensor.set_data_from_numpy(values, binary_data=binary)
        inputs.append(tensor)
    return InferRequest(model_name="simple", infer_inputs=inputs, request_id=request_id)


def identity(datatype, values, binary=True):
    tensor = InferInput("INPUT0", list(values.shape), datatype)
    tensor.set_data_from_numpy(values, binary_data=binary)
    return InferRequest(model_name=f"identity_{datatype.lower()}", infer_inputs=[tensor])


def expect_simple(answer):
    for name, values in (("OUTPUT0", A + B), ("OUTPUT1", A - B)):
        got = answer.get_output_by_name(name)
        equal(got.as_numpy().tolist(), values.tolist(), name)
        equal(got.datatype, "INT32", name)


SAMPLES = {
    "BOOL": numpy.array([[True, False]]),
    "UINT8": numpy.array([[0, 255]], dtype=numpy.uint8),
    "INT64": numpy.array([[9007199254740993, -9223372036854775808]], dtype=numpy.int64),
    "UINT64": numpy.array([[18446744073709551615, 1]], dtype=numpy.uint64),
    "FP32": numpy.array([[0.1, -3.4e38]], dtype=numpy.float32),
    "FP64": numpy.array([[0.1, 1.7e308]], dtype=numpy.float64),
    "BYTES": numpy.array([["héllo", "", "日本語"]], dtype=numpy.object_),
}


def expect_same(got, values, of):
    if values.dtype == numpy.object_:
        got = numpy.array(
            [one.decode() if isinstance(one, bytes) else one for one in got.flatten()],
            dtype=numpy.object_,
        ).reshape(values.shape)
    equal((got.shape, got.tolist()), (values.shape, values.tolist()), of)
