"""The generated pages are current, and their generator works."""

import pytest

from docs.generate import api_page, configuration_page, pages
from docs.schemas import fields_of, type_of
from gram_es.settings import SECTIONS, Settings

PAGES = pages()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_generated_page_is_current(path):
    assert path.read_text(encoding="utf-8") == PAGES[path], f"{path} is out of date: run make docs"


def test_every_setting_has_a_description_and_every_section_starts_with_a_setting():
    fields = {field.alias: field for field in Settings.model_fields.values()}

    assert [name for name, field in fields.items() if not field.description] == []
    assert next(iter(SECTIONS)) == next(iter(fields))
    assert SECTIONS.keys() <= fields.keys()


def test_a_variable_without_a_section_title_is_in_the_previous_section():
    number = {"type": "number", "exclusiveMinimum": 0, "default": 2.0, "description": "Seconds."}
    secret = {"anyOf": [{"type": "string", "format": "password"}, {"type": "null"}]}
    settings = {"properties": {"A": number, "B": {**secret, "description": "A | B."}, "C": number}}

    page = configuration_page(settings, {"A": "One", "C": "Two"})

    assert page.split("## One\n")[1] == (
        "\n| Variable | Meaning | Default | Allowed values |\n| --- | --- | --- | --- |\n"
        "| `A` | Seconds. | `2` | number (above 0) |\n"
        "| `B` | A \\| B. | none | secret |\n"
        "\n## Two\n\n| Variable | Meaning | Default | Allowed values |\n| --- | --- | --- | --- |\n"
        "| `C` | Seconds. | `2` | number (above 0) |\n"
    )


def test_an_operation_is_in_the_section_of_its_tag_with_references_resolved():
    size = {"name": "size", "schema": {"type": "integer", "minimum": 1, "default": 8}}
    answer = {"description": "A page.", "content": {"application/json": {"schema": HIT}}}
    operation = {"summary": "Search.", "responses": {"200": answer}}
    api = {
        "info": {"description": "An API."},
        "tags": [{"name": "First", "description": "F."}, {"name": "Second", "description": "S."}],
        "paths": {
            "/a": {"get": {**operation, "tags": ["Second"]}},
            "/b/{id}": {"put": {**operation, "parameters": [{"$ref": "#/components/sizes/size"}]}},
        },
        "components": {"sizes": {"size": size}, "schemas": {}},
    }

    lines = api_page(api).splitlines()

    headings = [line for line in lines if line.startswith("#")]
    assert headings == [
        *("# HTTP API", "## First", "### `PUT /b/{id}`"),
        *("## Second", "### `GET /a`", "## Schemas"),
    ]
    assert "| [`PUT /b/{id}`](#put-bid) | Search. |" in lines
    assert "| `size` | integer (at least 1) | `8` |  |" in lines
    assert "| `200` | A page. | object (`application/json`) |  |" in lines
    assert lines.count("The body with status `200`:") == 2


HIT = {
    "type": "object",
    "required": ["codes"],
    "properties": {
        "codes": {"type": "array", "items": {"properties": {"code": {"type": "string"}}}},
        "total": {"oneOf": [{"type": "null"}, {"properties": {"value": {"const": 1}}}]},
    },
    "additionalProperties": {"type": "number"},
}


def test_nested_fields_have_paths():
    assert [(path, required) for path, _, required in fields_of(HIT)] == [
        ("codes", True),
        ("codes[].code", False),
        ("total", False),
        ("total.value", False),
        ("*", False),
    ]


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"$ref": "#/components/schemas/NewOverride"}, "[NewOverride](#newoverride)"),
        ({"enum": ["lock", "ban"]}, "`lock`, `ban`"),
        ({"const": True}, "`true`"),
        ({"type": ["string", "null"], "maxLength": 4}, "string (at most 4 characters) or null"),
        ({"type": "string", "minLength": 1, "maxLength": 64}, "string (1 to 64 characters)"),
        ({"type": "string", "minLength": 1}, "string (at least 1 character)"),
        (
            {"type": "array", "maxItems": 2, "items": {"type": "number"}},
            "array of number, at most 2 items",
        ),
        (
            {"type": "object", "additionalProperties": {"type": "number"}},
            "object of number by name",
        ),
    ],
)
def test_types_are_converted_to_text(schema, words):
    assert type_of(schema) == words
