"""Tensors of every datatype, with the values that conversions get wrong."""

import numpy

_integers = ("INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64")


def sample(datatype):
    """Two rows; of whole numbers the least and the greatest there are."""
    if datatype in _integers:
        limits = numpy.iinfo(datatype.lower())
        values = [[limits.min, 0, 1], [7, limits.max - 1, limits.max]]
        return numpy.array(values, dtype=datatype.lower())
    return _others[datatype]


_others = {
    "BOOL": numpy.array([[True, False, True], [False, False, True]]),
    "FP16": numpy.array([[0.1, -2, 65504], [6e-8, 0, -0.0]], dtype=numpy.float16),
    "FP32": numpy.array([[0.1, -1.5e-42, 3.4e38], [1 / 3, 0, -0.0]], dtype=numpy.float32),
    "FP64": numpy.array([[0.1, 5e-324, 1.7e308], [1 / 3, 0, -0.0]], dtype=numpy.float64),
    "BYTES": numpy.array(
        [["héllo", "", "a\"b\\c\n"], ["日本語", "\U0001f600", "x" * 100_000]], dtype=numpy.object_
    ),
}

DATATYPES = (*_integers, *_others)
