"""tritonclient's four clients behind one asynchronous face, which remembers what has worked."""

import inspect

import tritonclient.grpc
import tritonclient.grpc.aio
import tritonclient.http
import tritonclient.http.aio
from checked import refused

_modules = {
    "http": tritonclient.http,
    "http.aio": tritonclient.http.aio,
    "grpc": tritonclient.grpc,
    "grpc.aio": tritonclient.grpc.aio,
}

# Their answers are messages, where the same by HTTP is JSON.
_messages = (
    "get_server_metadata",
    "get_model_metadata",
    "get_model_config",
    "get_model_repository_index",
    "get_inference_statistics",
    "get_trace_settings",
    "update_trace_settings",
    "get_log_settings",
    "update_log_settings",
    "get_system_shared_memory_status",
    "get_cuda_shared_memory_status",
)


class Transport:
    """One client. Every attribute is the client's method, awaitable whether it is asynchronous or not."""

    def __init__(self, target, options, seen=None, address=None):
        self.target = target
        self.models = target["models"]
        self.name = name = target["transport"]
        self.url = target["url"]
        self.options = options
        self.grpc = name.startswith("grpc")
        self.asynchronous = name.endswith("aio")
        self.module = _modules[name]
        usual = target["grpc"] if self.grpc else self.url.removeprefix("http://")
        self.client = self.module.InferenceServerClient(address or usual, **options)
        # The methods that have come to a good end, or were refused where a check wants that.
        self.seen = set() if seen is None else seen

    def another(self, address=None, **options):
        """One more client of the same kind."""
        return Transport(self.target, {**self.options, **options}, self.seen, address)

    async def refuses(self, method, *args, says=""):
        """The method is refused wherever this is checked."""
        error = await refused(lambda: getattr(self, method)(*args), says)
        self.seen.add(method)
        return error

    def __getattr__(self, method):
        function = getattr(self.client, method)

        async def call(*args, **options):
            if self.grpc and method in _messages:
                options = {"as_json": True, **options}
            answer = function(*args, **options)
            answer = await answer if inspect.isawaitable(answer) else answer
            self.seen.add(method)
            return answer

        return call

    def input(self, name, values, datatype, binary=True):
        tensor = self.module.InferInput(name, list(values.shape), datatype)
        if self.grpc:
            tensor.set_data_from_numpy(values)
        else:
            tensor.set_data_from_numpy(values, binary_data=binary)
        return tensor

    def output(self, name, binary=True, classes=0):
        if self.grpc:
            return self.module.InferRequestedOutput(name, class_count=classes)
        return self.module.InferRequestedOutput(name, binary_data=binary, class_count=classes)

    def methods(self):
        """The public methods that this version of the client has."""
        members = inspect.getmembers(self.module.InferenceServerClient, callable)
        return {name for name, _ in members if not name.startswith("_")}
