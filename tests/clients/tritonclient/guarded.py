"""Where a server wants tokens, and over gRPC certificates."""

import grpc
from checked import equal, refused
from expected import same
from inference import simple


def add_tokens(check):
    @check("headers: a token is wanted, and one that may change models for load and unload")
    async def tokens(client, runtime):
        inputs, wanted = simple(client, runtime)
        status = ("StatusCode.UNAUTHENTICATED", "StatusCode.PERMISSION_DENIED")
        missing, less = status if client.grpc else ("401", "403")
        equal(await client.is_server_live(), True)
        error = await refused(lambda: client.infer("simple", inputs))
        equal(error.status(), missing)
        shown = client.target["shown"]
        for _ in range(20):
            answer = await client.infer("simple", inputs, headers=_bearer(shown["token"]))
            same(answer.as_numpy("OUTPUT0"), wanted["OUTPUT0"])
        error = await refused(lambda: client.unload_model("digits", headers=_bearer(shown["token"])))
        equal(error.status(), less)
        await client.unload_model("digits", headers=_bearer(shown["managing"]))
        await client.load_model("digits", headers=_bearer(shown["managing"]))


def add_certificates(check):
    @check("ssl: root_certificates, private_key, certificate_chain")
    async def ssl(client, runtime):
        await _infers(client.another(**ssl_options(client.target)), runtime)
        alone = client.another(private_key=None, certificate_chain=None)
        await refused(lambda: alone.is_server_live(client_timeout=10))
        await alone.close()

    @check("creds: credentials of grpc")
    async def creds(client, runtime):
        shown = client.target["shown"]
        contents = [_read(shown[name]) for name in ("authority", "key", "certificate")]
        mine = grpc.ssl_channel_credentials(*contents)
        await _infers(client.another(ssl=False, creds=mine), runtime)


def ssl_options(target):
    shown = target["shown"]
    return {
        "ssl": True,
        "root_certificates": shown["authority"],
        "private_key": shown["key"],
        "certificate_chain": shown["certificate"],
    }


async def _infers(client, runtime):
    inputs, wanted = simple(client, runtime)
    answer = await client.infer(
        "simple", inputs, headers=_bearer(client.target["shown"]["token"])
    )
    same(answer.as_numpy("OUTPUT1"), wanted["OUTPUT1"])
    await client.close()


def _bearer(token):
    return {"authorization": f"Bearer {token}"}


def _read(file):
    with open(file, "rb") as opened:
        return opened.read()
