"""What the runtime itself answers, and comparison with it."""

import os

import numpy
import onnxruntime


class Runtime:
    """ONNX Runtime on the very files that are served."""

    def __init__(self, models):
        self._models = models
        self._sessions = {}

    def run(self, model, inputs, version=1):
        session = self._session(model, version)
        names = [output.name for output in session.get_outputs()]
        return dict(zip(names, session.run(None, inputs)))

    def _session(self, model, version):
        key = (model, version)
        if key not in self._sessions:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            file = os.path.join(self._models, model, str(version), "model.onnx")
            self._sessions[key] = onnxruntime.InferenceSession(
                file, options, providers=["CPUExecutionProvider"]
            )
        return self._sessions[key]


def same(got, wanted, of=""):
    """Equal in every bit; texts may have come as bytes."""
    if wanted.dtype == numpy.object_:
        got, wanted = _texts(got), _texts(wanted)
    if got.shape != wanted.shape or got.dtype != wanted.dtype:
        raise AssertionError(
            f"{of}: wanted {wanted.dtype}{wanted.shape}, got {got.dtype}{got.shape}"
        )
    if got.dtype == numpy.object_:
        equal = bool((got == wanted).all())
    else:
        equal = got.tobytes() == wanted.tobytes()
    if not equal:
        raise AssertionError(f"{of}: wanted {wanted!r}, got {got!r}")


def close(got, wanted, of=""):
    """Equal but for the order in which floats were summed, where rows met others in a batch."""
    if got.shape != wanted.shape or not numpy.allclose(got, wanted, rtol=1e-5, atol=1e-6):
        raise AssertionError(f"{of}: wanted {wanted!r}, got {got!r}")


def _texts(values):
    flat = [one.decode() if isinstance(one, bytes) else str(one) for one in values.flatten()]
    return numpy.array(flat, dtype=numpy.object_).reshape(values.shape)
