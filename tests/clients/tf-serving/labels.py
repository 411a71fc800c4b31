"""Labels of versions: operators of TensorFlow Serving write them into its configuration, here the server is told."""

import json
import urllib.request


def label(server, model, name, version):
    asked = urllib.request.Request(
        f"{server}/api/v1/models/{model}/labels/{name}",
        json.dumps({"version": version}).encode(),
        {"Content-Type": "application/json"},
        method="PUT",
    )
    urllib.request.urlopen(asked, timeout=30).close()
