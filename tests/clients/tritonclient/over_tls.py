"""The way of a client to an edge that takes TLS only."""

import ssl

from checked import equal, refused
from expected import same
from inference import simple


def add_checks(check):
    @check("ssl: through an edge with TLS, whose certificate is checked")
    async def over_tls(client, runtime):
        secured = client.target["secured"]
        address = secured["grpc" if client.grpc else "https"]
        mine = client.another(address, **_trusting(client, secured["authority"]))
        equal(await mine.is_server_ready(), True)
        for number in range(20):
            inputs, wanted = simple(mine, runtime, number)
            same((await mine.infer("simple", inputs)).as_numpy("OUTPUT0"), wanted["OUTPUT0"])
        await mine.close()
        for options in (_trusting(client, None), {}):
            other = client.another(address, **options)
            more = {"client_timeout": 10} if client.grpc else {}
            await refused(lambda: other.get_server_metadata(**more))
            await other.close()


def _trusting(client, authority):
    """Options of a client that trusts this authority, or those that everybody trusts."""
    if client.grpc:
        return {"ssl": True, "root_certificates": authority}
    if client.asynchronous:
        return {"ssl": True, "ssl_context": ssl.create_default_context(cafile=authority)}
    return {"ssl": True, "ssl_options": {"ca_certs": authority} if authority else {}}
