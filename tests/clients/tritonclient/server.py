"""What clients ask about the server and its models."""

from checked import equal, refused
from inference import simple


def add_checks(check):
    @check("is_server_live, is_server_ready, is_model_ready")
    async def ready(client, runtime):
        equal(await client.is_server_live(), True, "live")
        equal(await client.is_server_ready(), True, "ready")
        equal(await client.is_model_ready("simple"), True, "simple")
        equal(await client.is_model_ready("simple", "1"), True, "version 1")
        equal(await client.is_model_ready("simple", "9"), False, "version 9")
        equal(await client.is_model_ready("nobody"), False, "nobody")

    @check("get_server_metadata")
    async def server_metadata(client, runtime):
        metadata = await client.get_server_metadata()
        equal(metadata["name"] != "" and metadata["version"] != "", True, "name and version")
        equal("binary_tensor_data" in metadata["extensions"], True, "extensions")
        return ", ".join(metadata["extensions"])

    @check("get_model_metadata: the tensors of the model, with and without a version")
    async def model_metadata(client, runtime):
        for version in ("", "1"):
            metadata = await client.get_model_metadata("simple", version)
            equal((metadata["name"], metadata["versions"]), ("simple", ["1"]))
            for kind in ("INPUT", "OUTPUT"):
                equal(
                    [_tensor(one) for one in metadata[f"{kind.lower()}s"]],
                    [(f"{kind}{n}", "INT32", [-1, 16]) for n in (0, 1)],
                )
        await refused(lambda: client.get_model_metadata("nobody"), "nobody")

    @check("register_plugin, plugin, unregister_plugin: it sees every call")
    async def plugin(client, runtime):
        module = client.module
        seen = []

        class Plugin(module.InferenceServerClientPlugin):
            def __call__(self, request):
                seen.append(request)
                request.headers["x-request-id"] = "plugin"

        mine = Plugin()
        await client.register_plugin(mine)
        equal(await client.plugin(), mine)
        inputs, _ = simple(client, runtime)
        await client.infer("simple", inputs)
        await client.is_server_live()
        equal(len(seen), 2, "calls seen")
        await client.unregister_plugin()
        await client.is_server_live()
        equal(len(seen), 2, "calls seen after it was taken out")

    @check("close")
    async def close(client, runtime):
        other = client.another()
        equal(await other.is_server_live(), True)
        await other.close()


def add_every_method(check):
    """The last of all checks."""

    @check("every public method that the client has works, or is refused as said above")
    async def every_method(client, runtime):
        equal(sorted(client.methods() - client.seen), [], "not seen to work:")
        return ", ".join(sorted(client.methods()))


def _tensor(tensor):
    return tensor["name"], tensor["datatype"], [int(size) for size in tensor["shape"]]

