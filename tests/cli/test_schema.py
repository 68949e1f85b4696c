"""``elastisim schema``, and whether the schemas agree with the reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from elastisim.cli.schema import command
from elastisim.configuration import KNOWN_KEYS
from elastisim.documents import Findings, decode
from elastisim.schema import DOCUMENTS, json_schema

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "tests/golden/scenarios"
INVALID = {
    "err_config_invalid_json/configuration.json",
    "err_config_platform_key_missing/configuration.json",
    "err_job_argument_boolean/jobs.json",
    "err_job_num_nodes_missing/jobs.json",
    "err_job_submit_time_missing/jobs.json",
    "err_job_type_unknown/jobs.json",
    "err_jobs_invalid_json/jobs.json",
    "err_negative_busy_wait/application_model.json",
    "err_negative_loads_ignored/application_model.json",
    "err_task_pattern_unknown/application_model.json",
    "err_task_type_unknown/application_model.json",
    "quirk_iterations_of_other_kinds/application_model.json",
    "quirk_walltime_not_integer/jobs.json",
}
"""Golden inputs that a schema can find fault with."""


def inputs() -> list[Any]:
    return [
        pytest.param(file, kind, id=f"{file.parent.name}/{file.name}")
        for file in sorted(SCENARIOS.glob("*/*.json"))
        if (
            kind := {"configuration.json": "configuration", "jobs.json": "jobs", "scenario.json": None}.get(
                file.name, "application-model"
            )
        )
    ]


def is_valid(document: Any, kind: str) -> bool:
    return bool(jsonschema.Draft202012Validator(json_schema(kind)).is_valid(document))


@pytest.mark.parametrize(("file", "kind"), inputs())
def test_golden_inputs(file: Path, kind: str) -> None:
    try:
        document = json.loads(file.read_text())
    except json.JSONDecodeError:
        assert f"{file.parent.name}/{file.name}" in INVALID
        return

    assert is_valid(document, kind) == (f"{file.parent.name}/{file.name}" not in INVALID)


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_schemas_are_schemas_of_their_dialect(kind: str) -> None:
    schema = json_schema(kind)

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_everything_is_described(kind: str) -> None:
    definitions = json_schema(kind)["$defs"]

    for name, definition in definitions.items():
        assert definition["description"], name
        assert not definition["description"].startswith("What all"), name
        for key, field in definition["properties"].items():
            assert key == "type" or field["description"], f"{name}.{key}"


def test_the_configuration_lists_all_keys() -> None:
    (definition,) = json_schema("configuration")["$defs"].values()

    assert tuple(definition["properties"]) == KNOWN_KEYS
    assert definition["required"] == ["jobs_file", "platform_file", "job_statistics", "node_utilization"]
    assert "file" not in definition["properties"]


DOCUMENTS_OF_MODELS = [
    ({"phases": [{"tasks": [{"type": "idle", "delay": 1}]}]}, True),
    ({"phases": [{"tasks": [{"type": "idle"}]}]}, False),
    ({"phases": [{"tasks": [{"type": "idle", "delay": -1}]}]}, False),
    ({"phases": [{"tasks": [{"type": "idle", "delay": True}]}]}, False),
    ({"phases": [{"tasks": [{"type": "idle", "delay": [1, -1], "pattern": "vector"}]}]}, False),
    ({"phases": [{"tasks": [{"type": "sequence", "tasks": [{"type": "cpu", "flops": "x"}]}]}]}, True),
    ({"phases": [{"tasks": [{"type": "sequence", "tasks": [{"type": "fpga"}]}]}]}, False),
    ({"phases": {}}, False),
    ({"on_init": None, "phases": [{"iterations": "x"}]}, True),
]


@pytest.mark.parametrize(("document", "expected"), DOCUMENTS_OF_MODELS)
def test_schema_and_reader_agree(document: Any, expected: bool) -> None:
    findings = Findings()
    decode(json.dumps(document).encode(), DOCUMENTS["application-model"][1], "x", findings)

    assert is_valid(document, "application-model") is expected
    assert (not findings.problems) is expected


@pytest.mark.parametrize("pattern", ["all_ranks", "total", "uniform", "root_only", "even_ranks", "odd_ranks", "vector"])
def test_the_schema_lists_the_patterns(pattern: str) -> None:
    def document(name: str) -> Any:
        return {"phases": [{"tasks": [{"type": "pfs_read", "bytes": [1], "pattern": name}]}]}

    assert is_valid(document(pattern), "application-model")
    assert not is_valid(document(f"{pattern}s"), "application-model")


@pytest.mark.parametrize("kind", [None, *DOCUMENTS])
def test_the_command_prints_a_schema(kind: str | None) -> None:
    result = CliRunner().invoke(command, [kind] if kind else [])

    assert result.exit_code == 0
    assert json.loads(result.stdout) == json.loads(json.dumps(json_schema(kind or "configuration")))


def test_the_command_knows_three_documents() -> None:
    result = CliRunner().invoke(command, ["platform"])

    assert result.exit_code == 2
    assert "'configuration', 'jobs', 'application-model'" in result.stderr
