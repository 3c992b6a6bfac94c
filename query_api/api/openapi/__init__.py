"""The OpenAPI description of the HTTP API, in one YAML file for each blueprint.

Every YAML file of this folder becomes part of the description. The tests compare the description
with the routes and the responses of the application.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from gram_es import __version__


@cache
def description() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document; callers must not modify it, because it is cached."""
    whole: dict[str, Any] = {}
    for file in sorted(files(__name__).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".yaml"):
            _merge(whole, yaml.safe_load(file.read_text(encoding="utf-8")))
    whole["info"]["version"] = __version__
    return whole


def _merge(whole: dict[str, Any], part: dict[str, Any]) -> None:
    for name, value in part.items():
        if isinstance(value, dict) and name in whole:
            _merge(whole[name], value)
        else:
            assert name not in whole, f"{name} is described twice"
            whole[name] = value
