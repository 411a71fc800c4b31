"""
TensorFlow Serving's REST interface has no client of its own: its documents show requests to type, and
these are they, with the models of those documents. Argument: what tests/clients/tf-serving/clients.ts tells.
"""

import asyncio
import base64

import requests
from checked import Checks, equal, told
from labels import label


class Serving:
    def __init__(self, target):
        self.url = target["url"]
        self._models = f"{self.url}/v1/models"
        self._session = requests.Session()

    def get(self, path, status=200):
        return self._answer(self._session.get(f"{self._models}/{path}", timeout=30), status)

    def post(self, path, asked, status=200):
        answer = self._session.post(f"{self._models}/{path}", json=asked, timeout=30)
        return self._answer(answer, status)

    def _answer(self, answer, status):
        equal(answer.status_code, status, f"{answer.text}\nstatus:")
        equal(answer.headers["content-type"].split(";")[0], "application/json")
        return answer.json()


AVAILABLE = {
    "version": "1",
    "state": "AVAILABLE",
    "status": {"error_code": "OK", "error_message": ""},
}


def add_checks(check):
    @check("status of a model, and of a version")
    def status(serving):
        for path in ("half_plus_two", "half_plus_two/versions/1"):
            equal(serving.get(path)["model_version_status"], [AVAILABLE], path)
        equal("error" in serving.get("nobody", 404), True)
        equal("error" in serving.get("half_plus_two/versions/9", 404), True)

    @check("metadata: the signature serving_default")
    def metadata(serving):
        answer = serving.get("half_plus_two/metadata")
        equal(answer["model_spec"]["name"], "half_plus_two")
        signature = answer["metadata"]["signature_def"]["signature_def"]["serving_default"]
        equal(set(signature["inputs"]), {"x"})
        equal(set(signature["outputs"]), {"y"})
        equal(signature["inputs"]["x"]["dtype"], "DT_FLOAT")

    @check("predict: rows of one input")
    def rows(serving):
        asked = {"instances": [1.0, 2.0, 5.0]}
        wanted = {"predictions": [2.5, 3.0, 4.5]}
        equal(subset(serving.post("half_plus_two:predict", asked), wanted), wanted)
        signed = {"signature_name": "serving_default", **asked}
        for path in ("half_plus_two:predict", "half_plus_two/versions/1:predict"):
            equal(subset(serving.post(path, signed), wanted), wanted)

    @check("predict: columns of one input")
    def columns(serving):
        answer = serving.post("half_plus_two:predict", {"inputs": [1.0, 2.0, 5.0]})
        equal(answer["outputs"], [2.5, 3.0, 4.5])

    @check("predict: rows and columns of several inputs by name")
    def named(serving):
        a, b = list(range(16)), [3] * 16
        total, difference = [x + 3 for x in a], [x - 3 for x in a]
        asked = {"instances": [{"INPUT0": a, "INPUT1": b}] * 2}
        row = {"OUTPUT0": total, "OUTPUT1": difference}
        equal(serving.post("simple:predict", asked)["predictions"], [row, row])
        asked = {"inputs": {"INPUT0": [a, a], "INPUT1": [b, b]}}
        column = {"OUTPUT0": [total, total], "OUTPUT1": [difference, difference]}
        equal(serving.post("simple:predict", asked)["outputs"], column)

    @check("predict: strings, also as b64")
    def strings(serving):
        encoded = base64.b64encode("héllo".encode()).decode()
        asked = {"instances": [["plain", {"b64": encoded}]]}
        equal(serving.post("identity_bytes:predict", asked)["predictions"], [["plain", "héllo"]])

    @check("classify: labels and scores of each example")
    def classify(serving):
        asked = {"examples": [{"features": [5.1, 3.5, 1.4, 0.2]}, {"features": [6.7, 3, 5.2, 2.3]}]}
        results = serving.post("iris:classify", asked)["results"]
        best = [max(one, key=lambda pair: pair[1])[0] for one in results]
        equal(best, ["0", "2"])

    @check("regress: a number for each example")
    def regress(serving):
        asked = {"examples": [{"x": 1.0}, {"x": 2.0}]}
        equal(serving.post("half_plus_two:regress", asked)["results"], [2.5, 3.0])
        answer = serving.post("half_plus_two:regress", {"context": {"x": 5.0}, "examples": [{}]})
        equal(answer["results"], [4.5])

    @check("labels: status, metadata and predict of the version that has one")
    def labels(serving):
        equal("error" in serving.get("half_plus_two/labels/stable", 404), True)
        label(serving.url, "half_plus_two", "stable", 1)
        equal(serving.get("half_plus_two/labels/stable")["model_version_status"], [AVAILABLE])
        spec = serving.get("half_plus_two/labels/stable/metadata")["model_spec"]
        equal((spec["name"], spec["version"]), ("half_plus_two", "1"))
        asked = {"instances": [1.0, 2.0, 5.0]}
        answer = serving.post("half_plus_two/labels/stable:predict", asked)
        equal(answer["predictions"], [2.5, 3.0, 4.5])
        equal("error" in serving.post("half_plus_two/labels/other:predict", asked, 404), True)

    @check("errors: status and message")
    def errors(serving):
        for path, asked, status in (
            ("nobody:predict", {"instances": [1.0]}, 404),
            ("half_plus_two/versions/9:predict", {"instances": [1.0]}, 404),
            ("half_plus_two:predict", {"instances": [[1.0, 2.0], [1.0]]}, 400),
            ("half_plus_two:predict", {"instances": ["text"]}, 400),
            ("half_plus_two:predict", {}, 400),
            ("half_plus_two:predict", {"instances": [1.0], "inputs": [1.0]}, 400),
            ("half_plus_two:predict", {"instances": [1.0], "signature_name": "other"}, 400),
        ):
            equal(type(serving.post(path, asked, status)["error"]), str, path)


def subset(answer, wanted):
    return {name: answer.get(name) for name in wanted}


def main():
    target = told()
    check = Checks()
    add_checks(check)
    return check.run(target, Serving(target))


asyncio.run(main())
