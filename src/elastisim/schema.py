"""JSON Schemas of the input files, generated from the types that decode them."""

from __future__ import annotations

from typing import Any

import msgspec

from elastisim.configuration import Keys
from elastisim.workload.reading.jobs_document import JobsDocument
from elastisim.workload.reading.model_document import ModelDocument

DIALECT = "https://json-schema.org/draft/2020-12/schema"
DOCUMENTS: dict[str, tuple[str, type[msgspec.Struct]]] = {
    "configuration": ("ElastiSim configuration", Keys),
    "jobs": ("ElastiSim jobs file", JobsDocument),
    "application-model": ("ElastiSim application model", ModelDocument),
}


def json_schema(document: str) -> dict[str, Any]:
    """Return the JSON Schema of one of :data:`DOCUMENTS`."""
    title, type_ = DOCUMENTS[document]
    return {"$schema": DIALECT, "title": title, **msgspec.json.schema(type_)}
