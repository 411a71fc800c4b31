"""tritonclient's four clients behind one asynchronous face, which remembers what was called."""

import inspect

import tritonclient.grpc
import tritonclient.grpc.aio
import tritonclient.http
import tritonclient.http.aio

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

    def __init__(self, target, options, called=None):
        self.target = target
        self.models = target["models"]
        self.name = name = target["transport"]
        self.url = target["url"]
        self.options = options
        self.grpc = name.startswith("grpc")
        self.asynchronous = name.endswith("aio")
        self.module = _modules[name]
        address = target["grpc"] if self.grpc else self.url.removeprefix("http://")
        self.client = self.module.InferenceServerClient(address, **options)
        self.called = set() if called is None else called

    def another(self, **options):
        """One more client of the same kind."""
        return Transport(self.target, {**self.options, **options}, self.called)

    def __getattr__(self, method):
        function = getattr(self.client, method)

        async def call(*args, **options):
            self.called.add(method)
            if self.grpc and method in _messages:
                options = {"as_json": True, **options}
            answer = function(*args, **options)
            return await answer if inspect.isawaitable(answer) else answer

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
