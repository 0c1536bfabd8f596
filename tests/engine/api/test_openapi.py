import re
from pathlib import Path

import orjson
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from engine import api
from engine.api import openapi
from engine.base.actor import Permission
from engine.base.settings import Settings
from engine.instance import Switchyard
from engine.web.routes import GuardedRoute
from tests.engine.api.conftest import routes_of

FOR_EVERYBODY = {
    "/openapi.json",
    "/asyncapi.json",
    "/schema/flow.json",
    "/schema/events/{action}.json",
    "/destinations/{id}/public-key",
}
DOCUMENT = orjson.loads(orjson.dumps(openapi.document(api.OPERATIONS, "http://test")))


@pytest.mark.slow
def test_the_document_is_openapi() -> None:
    validate(DOCUMENT)
    assert DOCUMENT["openapi"].startswith("3.1")


def test_every_route_is_in_the_document_and_nothing_else(tmp_path: Path) -> None:
    routed = {
        (route.path, method)
        for route in routes_of(Switchyard(Settings(data_dir=tmp_path)))
        if route.path.startswith("/api/")
        for method in (route.methods or set()) - {"HEAD"}
    }
    documented = {(path, method.upper()) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert routed == documented


def test_every_route_needs_a_key_but_documents_and_public_keys(tmp_path: Path) -> None:
    for route in routes_of(Switchyard(Settings(data_dir=tmp_path))):
        assert isinstance(route, GuardedRoute)
        if route.path.startswith("/api/"):
            assert route.by == "key" and route.permission is not Permission.public
        else:
            assert route.path in FOR_EVERYBODY


def test_every_operation_says_what_it_does() -> None:
    names = [operation.name for operation in api.OPERATIONS]
    assert len(set(names)) == len(names)
    for operation in api.OPERATIONS:
        assert operation.summary and not operation.summary.endswith("."), operation.name


def test_every_schema_is_one() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_the_names_of_schemas_survive_generators_of_clients() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert [name for name in schemas if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name)] == []
    bare = {name.lower() for name in schemas}
    assert len(bare) == len(schemas)
    # An object within a schema is called by both names, and must not take that of another schema.
    inner = {
        f"{name}{field.replace('_', '')}".lower(): f"{name}.{field}"
        for name, schema in schemas.items()
        for field, facts in schema.get("properties", {}).items()
        for part in (facts, *facts.get("anyOf", ()))
        if part.get("type") == "object" and "$ref" not in part
    }
    assert [inner[name] for name in inner.keys() & bare] == []


def test_every_reference_leads_to_a_schema() -> None:
    text = orjson.dumps(DOCUMENT).decode()
    refs = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert refs == DOCUMENT["components"]["schemas"].keys()
