"""
Writes model-facts.json beside this file: what the `onnx` library (1.23.2) says of the models of
../shared/models. tests/golden/model-facts.test.ts compares our own reader with it.

    python3 -m venv /tmp/onnxenv && /tmp/onnxenv/bin/pip install onnx==1.23.2
    /tmp/onnxenv/bin/python tests/golden/make-model-facts.py ../shared/models
    npx prettier --write tests/golden/model-facts.json
"""

import json
import pathlib
import sys

import onnx
from onnx import TensorProto

CARRIED = {
    "FLOAT": "FP32", "UINT8": "UINT8", "INT8": "INT8", "UINT16": "UINT16", "INT16": "INT16",
    "INT32": "INT32", "INT64": "INT64", "STRING": "BYTES", "BOOL": "BOOL", "FLOAT16": "FP16",
    "DOUBLE": "FP64", "UINT32": "UINT32", "UINT64": "UINT64",
}


def element(number):
    return TensorProto.DataType.Name(number)


def words(type_proto):
    kind = type_proto.WhichOneof("value")
    value = getattr(type_proto, kind) if kind else None
    if kind == "tensor_type":
        return f"tensor({element(value.elem_type).lower()})"
    if kind == "sparse_tensor_type":
        return f"sparse_tensor({element(value.elem_type).lower()})"
    if kind == "sequence_type":
        return f"seq({words(value.elem_type)})"
    if kind == "optional_type":
        return f"optional({words(value.elem_type)})"
    if kind == "map_type":
        inner = words(value.value_type)
        inner = inner[7:-1] if inner.startswith("tensor(") else inner
        return f"map({element(value.key_type).lower()},{inner})"
    return kind or "undeclared"


def dimension(dim):
    kind = dim.WhichOneof("value")
    if kind == "dim_value":
        return dim.dim_value if dim.dim_value >= 0 else None
    return (dim.dim_param or None) if kind else None


def spec(value_info):
    inner = value_info.type
    if inner.WhichOneof("value") == "optional_type":
        inner = inner.optional_type.elem_type
    is_tensor = inner.WhichOneof("value") == "tensor_type"
    tensor = inner.tensor_type
    has_shape = is_tensor and tensor.HasField("shape")
    return {
        "name": value_info.name,
        "datatype": CARRIED.get(element(tensor.elem_type)) if is_tensor else None,
        "valueType": words(value_info.type),
        "shape": [dimension(dim) for dim in tensor.shape.dim] if has_shape else None,
    }


def messages(message):
    """The message and every message in it, wherever it is."""
    yield message
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for inner in value if not hasattr(value, "ListFields") else [value]:
            yield from messages(inner)


def external(tensor):
    entries = {entry.key: entry.value for entry in tensor.external_data}
    length = entries.get("length")
    return {
        "tensor": tensor.name,
        "location": entries["location"],
        "offset": int(entries.get("offset", "0")),
        "length": None if length is None else int(length),
    }


def facts(model):
    graph = model.graph
    held = {tensor.name for tensor in graph.initializer}
    held |= {sparse.values.name for sparse in graph.sparse_initializer}
    everything = list(messages(model))
    nodes = [m for m in everything if isinstance(m, onnx.NodeProto)]
    tensors = [m for m in everything if isinstance(m, TensorProto)]
    return {
        "signature": {
            "inputs": [spec(value) for value in graph.input if value.name not in held],
            "outputs": [spec(value) for value in graph.output],
        },
        "irVersion": model.ir_version,
        "opsets": {opset.domain or "ai.onnx": opset.version for opset in model.opset_import},
        "producer": {"name": model.producer_name, "version": model.producer_version},
        "domain": model.domain,
        "modelVersion": str(model.model_version),
        "docString": model.doc_string,
        "graphName": graph.name,
        "metadata": {entry.key: entry.value for entry in model.metadata_props},
        "externalData": [
            external(t) for t in tensors if t.data_location == TensorProto.EXTERNAL
        ],
        "operators": sorted({f"{node.domain or 'ai.onnx'}:{node.op_type}" for node in nodes}),
        "functions": [f"{f.domain or 'ai.onnx'}:{f.name}" for f in model.functions],
    }


def main():
    root = pathlib.Path(sys.argv[1])
    manifest = json.loads((root / "manifest.json").read_text())
    golden = {}
    for entry in manifest["models"] + manifest["backend"]["cases"]:
        try:
            model = onnx.load(root / entry["file"], load_external_data=False)
        except Exception as error:  # what is no protobuf is not for this comparison
            print(f"left out {entry['file']}: {error}", file=sys.stderr)
            continue
        golden[entry["file"]] = facts(model)
    out = pathlib.Path(__file__).with_name("model-facts.json")
    out.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n")
    print(f"{len(golden)} models", file=sys.stderr)


main()
