"""Writes numpy-files.json: arrays as NumPy itself saves them, in base64. Needs numpy."""

import base64
import io
import json
import sys

import numpy as np

values = np.array([[1.5, -2.0, 0.25], [0.1, 65504.0, -0.0]])


def saved(array, version=(1, 0)):
    out = io.BytesIO()
    np.lib.format.write_array(out, np.asanyarray(array), version=version)
    return base64.b64encode(out.getvalue()).decode()


def zipped(save, **arrays):
    out = io.BytesIO()
    save(out, **arrays)
    return base64.b64encode(out.getvalue()).decode()


def unnamed(array):
    out = io.BytesIO()
    np.savez(out, array)
    return base64.b64encode(out.getvalue()).decode()


files = {
    "float32": saved(values.astype("<f4")),
    "float32-2.0": saved(values.astype("<f4"), (2, 0)),
    "float32-3.0": saved(values.astype("<f4"), (3, 0)),
    "float64": saved(values),
    "float16": saved(values.astype("<f2")),
    "columns-first": saved(np.asfortranarray(values.astype("<f4"))),
    "columns-first-3d": saved(np.asfortranarray(np.arange(24, dtype="<f4").reshape(2, 3, 4))),
    "int64": saved(np.array([[9007199254740993, -(2**63)]], dtype="<i8")),
    "uint64": saved(np.array([2**64 - 1], dtype="<u8")),
    "int8": saved(np.array([[-128, 127, 0]], dtype="i1")),
    "bool": saved(np.array([True, False, True])),
    "words": saved(np.array([np.nan, np.inf, -np.inf], dtype="<f4")),
    "scalar": saved(np.array(2.5, dtype="<f4")),
    "one-row": saved(np.array([1, 2, 3], dtype="<i8")),
    "empty": saved(np.zeros((0, 3), dtype="<f4")),
    "big-endian": saved(values.astype(">f4")),
    "strings": saved(np.array(["a", "bc"])),
    "npz": zipped(np.savez, A=np.array([[1, 2]], dtype="<i4"), B=np.array([[3, 4]], dtype="<i4")),
    "npz-packed": zipped(np.savez_compressed, A=np.zeros((1, 64), "<i4"), B=np.ones((1, 64), "<i4")),
    "npz-unnamed": unnamed(values.astype("<f4")),
}
json.dump(files, sys.stdout, indent=1)
sys.stdout.write("\n")
