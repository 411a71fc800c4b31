"""A client that openapi-generator makes. Argument: what tests/clients/openapi/clients.ts tells."""

import asyncio
import os
import subprocess
import sys
import urllib.request

from checked import Checks, equal, told


def main():
    target = told()
    check = Checks()

    @check("a client in Python is made from /openapi.json and infers")
    def _():
        document = os.path.join(target["scratch"], "openapi.json")
        folder = os.path.join(target["scratch"], "generated")
        urllib.request.urlretrieve(f"{target['url']}/openapi.json", document)
        arguments = ["-g", "python", "--package-name", "generated_client", "-i", document]
        command = ["java", "-jar", target["jar"], "generate", *arguments, "-o", folder]
        subprocess.run(command, check=True, capture_output=True, timeout=150)
        sys.path.insert(0, folder)
        infer(target["url"])

    return check.run(target)


def infer(url):
    import generated_client as made

    configuration = made.Configuration(host=url)
    api = made.OpenInferenceProtocolApi(made.ApiClient(configuration))
    sent = [5.5, -2.25, 0.0, 4.0]
    values = [made.Values(value) for value in sent]
    tensor = made.InferInput(name="INPUT0", datatype="FP32", shape=[1, 4], data=values)
    answer = api.oip_infer("identity_fp32", made.InferRequest(inputs=[tensor]))
    equal([value.actual_instance for value in answer.outputs[0].data], sent)
    try:
        api.oip_metadata("nothing")
    except made.exceptions.NotFoundException as error:
        equal(error.status, 404)
    else:
        raise AssertionError("a model that is not there has metadata")


asyncio.run(main())
