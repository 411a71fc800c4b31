"""A request of the model simple as the command line tools take it, and what it answers."""

import base64
import struct

A = list(range(16))
B = [3] * 16
SERVICE = "inference.GRPCInferenceService"


def request(name="simple"):
    tensors = [
        {"name": f"INPUT{n}", "datatype": "INT32", "shape": [1, 16], "contents": {"int_contents": values}}
        for n, values in enumerate((A, B))
    ]
    return {"model_name": name, "id": "mine", "inputs": tensors}


def raw_request():
    tensors = [{"name": f"INPUT{n}", "datatype": "INT32", "shape": [1, 16]} for n in (0, 1)]
    contents = [base64.b64encode(struct.pack("<16i", *values)).decode() for values in (A, B)]
    return {"model_name": "simple", "inputs": tensors, "raw_input_contents": contents}


def outputs(answer):
    """Sum and difference, as an answer in JSON has them."""
    return [list(struct.unpack("<16i", base64.b64decode(raw))) for raw in answer["rawOutputContents"]]


WANTED = [[a + b for a, b in zip(A, B)], [a - b for a, b in zip(A, B)]]
