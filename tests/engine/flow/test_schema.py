"""The JSON Schema of the flow file, as strict validators read it."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.flow import json_schema
from tests.support import npm

SAMPLES = sorted((Path(__file__).parents[3] / "sample_flows").glob("*.json"))
KNOWN = {
    "$schema", "$id", "$ref", "$defs", "title", "description", "default", "examples", "type", "enum", "const",
    "anyOf", "oneOf", "allOf", "not", "properties", "required", "additionalProperties", "patternProperties",
    "propertyNames", "items", "minItems", "maxItems", "minLength", "maxLength", "pattern", "minimum",
    "maximum", "exclusiveMinimum", "exclusiveMaximum", "minProperties", "maxProperties", "uniqueItems",
    "format",
}  # fmt: skip
STRICT = """
import fs from 'fs';
import { createRequire } from 'module';
const { default: Ajv } = createRequire(process.argv[2])('ajv/dist/2020.js');
const [schema, ...files] = process.argv.slice(3).map((path) => JSON.parse(fs.readFileSync(path, 'utf8')));
const validate = new Ajv({ strict: true, allowUnionTypes: false }).compile(schema);
for (const file of files) if (!validate(file)) { console.error(validate.errors); process.exit(1); }
if (validate({ format: 1 })) process.exit(2);
"""


def keywords(schema: Any) -> Iterator[str]:
    for key, value in schema.items() if isinstance(schema, dict) else ():
        yield key
        if key in ("properties", "$defs", "patternProperties"):
            for part in value.values():
                yield from keywords(part)
        elif key not in ("default", "examples", "enum", "const"):
            for part in value if isinstance(value, list) else [value]:
                yield from keywords(part)


def test_the_schema_has_no_keyword_that_json_schema_does_not_know() -> None:
    assert set(keywords(json_schema())) <= KNOWN


@pytest.mark.slow
@pytest.mark.process
def test_ajv_compiles_the_schema_in_strict_mode_and_accepts_the_samples(tmp_path: Path) -> None:
    modules = npm.installed("ajv@8.17.1")
    (tmp_path / "schema.json").write_text(json.dumps(json_schema()))
    (tmp_path / "strict.mjs").write_text(STRICT)
    command = [
        str(shutil.which("node")),
        "strict.mjs",
        str(modules / "x.js"),
        "schema.json",
        *map(str, SAMPLES),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
