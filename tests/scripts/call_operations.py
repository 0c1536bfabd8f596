"""Call operations by a generated client: `call_operations.py KIND FOLDER BASE`, a line of JSON each way.

KIND is `openapi-python-client` or `openapi-generator`, whichever generated the package in FOLDER; BASE is the
origin of the server. A line in is `{"operation", "key", "args", "body"}`; a line out `{"status"}`, or
`{"error"}` where the client has no such operation, or cannot send it or read its answer.
"""

import importlib
import inspect
import json
import sys
import typing
from pathlib import Path

KIND, FOLDER, BASE = sys.argv[1:]


def model_of(hint):
    """The model among the types of a parameter, if there is one."""
    found = [hint, *typing.get_args(hint)]
    return next((each for each in found if hasattr(each, "from_dict")), None)


def filled(model, body):
    """A pydantic model in which only the fields of the body are set: `from_dict` sets all others to null."""
    made = model.from_dict(body)
    made.model_fields_set.intersection_update(
        name for name, field in model.model_fields.items() if (field.alias or name) in body
    )
    return made


class PythonClient:
    """What openapi-python-client generates: a module for each operation."""

    def __init__(self):
        (package,) = {path.parents[1].name for path in Path(FOLDER).glob("*/api/__init__.py")}
        self._client = importlib.import_module(f"{package}.client").AuthenticatedClient
        paths = Path(FOLDER, package, "api").glob("*/*.py")
        self._modules = {path.stem: f"{package}.api.{path.parent.name}.{path.stem}" for path in paths}

    def call(self, operation, key, args, body):
        operate = importlib.import_module(self._modules[operation]).sync_detailed
        client = self._client(base_url=BASE, token=key, raise_on_unexpected_status=True, timeout=60)
        if body is not None:
            hint = inspect.signature(operate, eval_str=True).parameters["body"].annotation
            args = {**args, "body": model_of(hint).from_dict(body)}
        answer = operate(client=client, **args)
        if answer.parsed is None and answer.content and answer.status_code < 300:
            raise ValueError(f"the answer was not read: {answer.content[:60]!r}")
        return int(answer.status_code)


class GeneratorClient:
    """What openapi-generator generates for Python: a class for each tag."""

    def __init__(self):
        (package,) = {path.parent.name for path in Path(FOLDER).glob("*/api_client.py")}
        self._package = importlib.import_module(package)
        apis = [getattr(self._package, name) for name in dir(self._package) if name.endswith("Api")]
        self._api_of = {name: api for api in apis for name in dir(api)}

    def call(self, operation, key, args, body):
        configuration = self._package.Configuration(host=BASE, access_token=key)
        api = self._api_of[operation](self._package.ApiClient(configuration))
        operate = getattr(api, f"{operation}_with_http_info")
        if body is not None:
            hints = typing.get_type_hints(operate)
            models = {name: model_of(hint) for name, hint in hints.items() if name not in (*args, "return")}
            found = [(name, filled(model, body)) for name, model in models.items() if model is not None]
            args = {**args, **dict(found[:1] or [("request_body", body)])}  # that may be any object
        try:
            return operate(**args).status_code
        except self._package.ApiException as error:
            if error.status == 0:  # it reads JSON and text, and hands other types over as they came
                return getattr(api, f"{operation}_without_preload_content")(**args).status
            if error.data is None and error.body:
                raise ValueError(f"the answer was not read: {error.body[:60]}") from error
            return error.status


def main():
    sys.path.insert(0, FOLDER)
    client = {"openapi-python-client": PythonClient, "openapi-generator": GeneratorClient}[KIND]()
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            said = {"status": client.call(asked["operation"], asked["key"], asked["args"], asked["body"])}
        except Exception as error:  # whatever the client raises is what it says
            said = {"error": f"{type(error).__name__}: {error}"[:500]}
        print(json.dumps(said), flush=True)


main()
