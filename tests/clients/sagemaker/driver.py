"""Drives the Predictor of SageMaker's SDK; argument: what tests/clients/sagemaker/clients.ts tells."""

import asyncio
import os
from urllib.parse import urlsplit

os.environ["SAGEMAKER_SUPPRESS_V2_WARNING"] = "1"

import boto3
import numpy
from checked import Checks, equal, told
from sagemaker import Session
from sagemaker.deserializers import CSVDeserializer, JSONDeserializer, NumpyDeserializer
from sagemaker.local.local_session import LocalSagemakerRuntimeClient
from sagemaker.predictor import Predictor
from sagemaker.serializers import CSVSerializer, JSONSerializer, NumpySerializer

FLOWERS = [[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]]


class Endpoints:
    """Predictors over the client of boto3, and over that of the SDK's local mode."""

    def __init__(self, url):
        account = boto3.Session("key", "secret", region_name="eu-west-1")
        runtime = account.client("sagemaker-runtime", endpoint_url=url)
        local = LocalSagemakerRuntimeClient({"local": {"serving_port": urlsplit(url).port}})
        self._sessions = {
            "remote": Session(account, sagemaker_runtime_client=runtime),
            "local": Session(account, sagemaker_runtime_client=local),
        }

    def predictor(self, serializer, deserializer, model="identity_fp64", by="remote"):
        return Predictor(model, self._sessions[by], serializer(), deserializer())


def as_json(endpoints, by):
    predictor = endpoints.predictor(JSONSerializer, JSONDeserializer, by=by)
    equal(predictor.predict({"instances": FLOWERS})["predictions"], FLOWERS)


def as_csv(endpoints, by):
    predictor = endpoints.predictor(CSVSerializer, CSVDeserializer, by=by)
    rows = predictor.predict(FLOWERS)
    equal([[float(cell) for cell in row] for row in rows], FLOWERS)


def as_npy(endpoints, by):
    predictor = endpoints.predictor(NumpySerializer, NumpyDeserializer, by=by)
    equal(predictor.predict(numpy.array(FLOWERS)).tolist(), FLOWERS)


def add_checks(check):
    @check("Predictor.predict: JSONSerializer, JSONDeserializer")
    def by_json(endpoints):
        as_json(endpoints, "remote")

    @check("Predictor.predict: CSVSerializer, CSVDeserializer")
    def by_csv(endpoints):
        as_csv(endpoints, "remote")

    @check("Predictor.predict: NumpySerializer, NumpyDeserializer")
    def by_npy(endpoints):
        as_npy(endpoints, "remote")

    @check("Predictor.predict: target_model, target_variant, inference_id")
    def targets(endpoints):
        predictor = endpoints.predictor(JSONSerializer, JSONDeserializer, model="iris")
        more = {"target_model": "identity_fp64", "inference_id": "mine"}
        equal(predictor.predict({"instances": FLOWERS}, **more)["predictions"], FLOWERS)
        predictor = endpoints.predictor(JSONSerializer, JSONDeserializer)
        answer = predictor.predict({"instances": FLOWERS}, target_variant="1")
        equal(answer["predictions"], FLOWERS)

    @check("local mode (POST /invocations): JSON, CSV and NumPy")
    def local(endpoints):
        for predict in (as_json, as_csv, as_npy):
            predict(endpoints, "local")


def main():
    target = told()
    check = Checks()
    add_checks(check)
    return check.run(target, Endpoints(target["url"]))


asyncio.run(main())
