"""Scripts of pages that are not clean JSON."""

import json
from pathlib import Path

import pytest

from gram_es.records import Product
from ingest.feeds import FileFault, RejectedRow, Row, open_feed
from ingest.feeds.formats.schema_org.loose_json import parse_json

POT = (
    '{"@type":"Product","sku":"P-1","name":"Pot // \\"/* 2 */, }\\", big",'
    '"url":"https://s.example/p?<!--1-->,]"}'
)
READ = Product(id="P-1", title='Pot // "/* 2 */, }", big', link="https://s.example/p?<!--1-->,]")
LID = '{"@type":"Product","sku":"L-1","name":"Lid"}'


def rows(tmp_path: Path, *scripts: str, head: str = "") -> list[Row | RejectedRow | FileFault]:
    tags = (f'<script type="application/ld+json">{script}</script>\n' for script in scripts)
    path = tmp_path / "page.html"
    page = f"<!DOCTYPE html>\n<html><head>{head}\n{''.join(tags)}</head><body>x</body></html>"
    path.write_text(page, encoding="utf-8", newline="")
    return list(open_feed(path))


@pytest.mark.parametrize(
    "script",
    [
        "<![CDATA[{}]]>",
        "//<![CDATA[\n{}\n//]]>",
        "// <![CDATA[ {} // ]]>",
        "/*<![CDATA[*/{}/*]]>*/",
        "<!-- {} -->",
        "<!--\n{}\n//-->",
        "<!-- product --> {}",
        "<!--//--><![CDATA[//><!--\n{}\n//--><!]]>",
        "{};",
        "{} ;\n;",
        "{},",
        "/* shop & co */ {} // end",
        "\ufeff{}",
        "\u200b{}\u00a0",
        "[{},]",
        "[,{},,]",
        "[{},\n // none\n]",
        '{{"@graph":[{}],}}',
        '{{"@graph":[{}], /* no more */ }}',
        '{{ <!-- one --> "@graph" : [ {} ] }}',
        '<script type="application/ld+json">{}',
        "<p>{}</p>",
        "</p>\n<br />{}<br>\n<p>",
        '{{<br />\n"@graph":<br />[{}]<br />\n}}',
    ],
)
def test_sound_json_is_read_from_its_wrapping(script: str, tmp_path: Path) -> None:
    is_template = "{{" in script
    written = script.format(POT) if is_template else script.replace("{}", POT)

    [row] = rows(tmp_path, written)

    assert isinstance(row, Row), row
    assert row.product == READ


def test_entities_instead_of_quotation_marks_are_read(tmp_path: Path) -> None:
    [pot, lid] = rows(tmp_path, POT.replace("&", "&amp;").replace('"', "&quot;"), LID)

    assert isinstance(pot, Row)
    assert pot.product == READ
    assert isinstance(lid, Row)


def test_line_breaks_and_tabs_in_a_string_are_read(tmp_path: Path) -> None:
    script = '{"@type":"Product","sku":"P-1","name":"Pot","description":"One\n\ttwo\r\nthree",}'

    [row] = rows(tmp_path, script)

    assert isinstance(row, Row)
    assert (row.product.description or "").split() == ["One", "two", "three"]


def test_an_escaped_apostrophe_is_an_apostrophe() -> None:
    assert parse_json(
        r'{"a": "cook\'s \\\' \"pot\"", "b": "a\
b"}'
    ) == [{"a": "cook's \\' \"pot\"", "b": "ab"}]


def test_several_values_in_one_script_are_read(tmp_path: Path) -> None:
    read = rows(tmp_path, f"{POT}\n{LID}", f'{{"@type": "WebSite"}};{LID.replace("L-1", "L-2")};')

    assert [row.product.id for row in read if isinstance(row, Row)] == ["P-1", "L-1", "L-2"]


@pytest.mark.parametrize("script", ["", " \n ", "/* nothing */", "<!-- -->", "<![CDATA[ ]]>"])
def test_an_empty_script_is_no_row(script: str, tmp_path: Path) -> None:
    [row] = rows(tmp_path, script, POT)

    assert isinstance(row, Row)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ('{"@type":"Product",\n "name": "12" pan"}', "at line 6, column 15"),
        ('{"@type":"Product", "name": Pan}', "at line 5, column 29"),
        ('{"@type":"Product"', "at line 5, column 19"),
        ('{"a":1;"b":2}', "at line 5"),
        ('{"a":1} function() {', "at line 5"),
        ('{"a": "\\u12"}', "at line 5"),
        ("[" * 100_000, "nested too deeply"),
        ("&#" + "9" * 5_000, "not JSON"),
    ],
)
def test_an_unsound_script_is_rejected_with_its_place_and_the_others_are_read(
    script: str, reason: str, tmp_path: Path
) -> None:
    pot, broken, lid = rows(tmp_path, f"\n{POT}", f"\n{script}"[1:], LID)

    assert isinstance(pot, Row)
    assert isinstance(broken, RejectedRow)
    assert (broken.line, broken.reason[:8]) == (5, "not JSON")
    assert reason in broken.reason
    assert isinstance(lid, Row)


@pytest.mark.parametrize(
    "script",
    [
        '{"sku": "A/1 x", "mpn": 77, "name": "12" pan"}',
        '{"name": "12" pan", "sku": "A/1 x", "mpn": 77}',
        r'{"sku": "A\/1 x", "mpn": 77',
        "{&quot;sku&quot;: &quot;A/1 x&quot;, &quot;mpn&quot;: 77 &quot;}",
    ],
)
def test_a_script_that_is_rejected_may_have_every_id_in_it(script: str, tmp_path: Path) -> None:
    [broken] = rows(tmp_path, script)

    assert isinstance(broken, RejectedRow)
    assert {"A/1 x", "77"} <= set(broken.possible_ids)
    assert not broken.may_have_any_id


def test_a_script_that_is_too_long_is_rejected_alone(tmp_path: Path) -> None:
    long = json.dumps({"@type": "Product", "sku": "X", "name": "x" * (5 << 20)})

    broken, lid = rows(tmp_path, long, LID)

    assert isinstance(broken, RejectedRow)
    assert broken.reason == "the script is longer than 4,194,304 characters"
    assert broken.may_have_any_id
    assert isinstance(lid, Row)


def test_only_real_scripts_are_read(tmp_path: Path) -> None:
    head = f"""
<script>var template = '<script type="application/ld+json">{LID}<\\/script>'</script>
<!-- <script type="application/ld+json">{LID}</script> -->
<noscript><p></noscript><textarea><script type="application/ld+json">{LID}</script></textarea>
<SCRIPT TYPE='Application/LD+JSON; charset=utf-8' class=seo>{POT}</SCRIPT >"""

    [row] = rows(tmp_path, head=head)

    assert isinstance(row, Row)
    assert (row.line, row.product) == (6, READ)


def test_a_page_that_ends_inside_a_script_keeps_what_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(f'<html><script type="application/ld+json">{POT}', encoding="utf-8")

    [row] = open_feed(path)

    assert isinstance(row, Row)


@pytest.mark.parametrize(
    "start",
    [
        '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN">',
        "\ufeff<!-- a --><!-- b -->\n<html lang=en>",
        "<head>",
        "",
    ],
)
def test_a_page_may_start_in_several_ways(start: str, tmp_path: Path) -> None:
    path = tmp_path / "page"
    path.write_text(f'{start}<script type="application/ld+json">{POT}</script>', encoding="utf-8")

    [row] = open_feed(path)

    assert isinstance(row, Row)


def test_references_stay_within_their_page(tmp_path: Path) -> None:
    pages = "".join(
        f"""<!doctype html><html><head><script type="application/ld+json">
{{"@graph": [
{{"@type": "Product", "@id": "#p", "sku": "{n}", "name": "Pot", "brand": {{"@id": "#b"}}}},
{{"@type": "Brand", "@id": "#b", "name": "Maker {n}"}}]}}</script></head></html>\n"""
        for n in range(3)
    )
    path = tmp_path / "pages.html"
    path.write_text(pages, encoding="utf-8")

    read = [(row.product.id, row.product.brand) for row in open_feed(path) if isinstance(row, Row)]

    assert read == [("0", "Maker 0"), ("1", "Maker 1"), ("2", "Maker 2")]
