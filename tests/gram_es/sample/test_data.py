import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from gram_es.sample import data_file, stock
from gram_es.sample.data_file import SampleDataError
from gram_es.sample.queries import compose_queries
from gram_es.sample.shoppers import read_shopper_words
from gram_es.sample.texts import compose_title
from gram_es.sample.vocabulary import read_vocabulary, vocabulary


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a copy of the data files that a test may damage."""
    packaged = Path(data_file.__file__).parent / "data"
    return Path(shutil.copytree(packaged, tmp_path / "data"))


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_copy_of_the_files_is_the_same_vocabulary(data: Path) -> None:
    assert read_vocabulary(data) == vocabulary()


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        ("departments/shoes.yaml", "price: 35", "price: cheap", "sneakers.builds[0].price: is 'ch"),
        ("departments/shoes.yaml", "count: 37", "count: 0", "sneakers.count: is '0'; input should"),
        ("departments/shoes.yaml", "  count: 37\n", "", "sneakers.count: is missing; add it"),
        ("departments/shoes.yaml", "count: 37", "number: 37", "sneakers.number: is an unknown key"),
        ("departments/shoes.yaml", "count: 37", "key: boots", "sneakers.key: is an unknown key"),
        (
            "departments/shoes.yaml",
            "[Court, G",
            "[Court] # ",
            "sneakers: product_lines: fewer than",
        ),
        (
            "departments/shoes.yaml",
            "\nsneakers:",
            "\n[a]: b\nsneakers:",
            "line 3: a list or mapping",
        ),
        ("departments/shoes.yaml", "count: 37", "count: 37\n  count: 38", "line 9: count is repea"),
        ("departments/shoes.yaml", "nouns: [sneakers", 'nouns: ["", sneakers', "sneakers.nouns[0]"),
        ("departments/shoes.yaml", "[Strydon", "[Strydom", "sneakers.brands: 'Strydom' is not in"),
        (
            "departments/shoes.yaml",
            "varies: [color",
            "varies: [hue",
            "sneakers: varies: 'hue' is n",
        ),
        (
            "departments/shoes.yaml",
            "uses: [stand-all-day]",
            "uses: [work]",
            "builds[5].uses: 'work",
        ),
        (
            "departments/shoes.yaml",
            "{line} {gender}",
            "{line} {sex}",
            "titles[0]: 'sex' is not a fact; u",
        ),
        (
            "departments/shoes.yaml",
            "not_for: {material",
            "not_for: {stuff",
            "sneakers: features[3]: 'stuff' is",
        ),
        ("departments/shoes.yaml", "not_for: {mat", "unless: {mat", "sneakers.features[3].unless:"),
        ("departments/shoes.yaml", "\nsneakers:", "\nsofa:", "sofa: another department has this "),
        (
            "departments/shoes.yaml",
            "\nsneakers:",
            "\nflats: cheap\nsneakers:",
            "flats: is 'cheap';",
        ),
        ("brands.yaml", "units: tight", "units: narrow", "Torvane.units: is 'narrow'; input shou"),
        ("brands.yaml", "voice: terse", "voice: loud", "Torvane.voice: 'loud' is not in wording"),
        ("units.yaml", "decimals: 0", "decimals: few", "in.other.decimals: is 'few'"),
        (
            "wording.yaml",
            "Suited to {use}",
            "Suited to all",
            "voices.plain.uses[0]: 'Suited to all",
        ),
        ("relations.yaml", "[sneakers,", "[pumps,", "siblings[0]: no department has the type 'p"),
        ("shop.yaml", "title: The sample shop\n", "", "title: is missing; add it"),
    ],
)
def test_a_fault_is_reported_with_its_file_and_key(
    data: Path, name: str, old: str, new: str, fault: str
) -> None:
    _replace(data / name, old, new)

    with pytest.raises(SampleDataError, match=re.escape(fault)) as raised:
        read_vocabulary(data)

    assert str(raised.value).startswith(f"the sample data file {name} cannot be used: ")


def test_all_faults_of_a_file_are_reported_at_once(data: Path) -> None:
    _replace(data / "brands.yaml", "price_factor: 1.35", "price_factor: dear")
    _replace(data / "brands.yaml", "voice: plain", "tone: plain")

    with pytest.raises(
        SampleDataError, match=r"Torvane\.price_factor: .*; Hexley\.tone: "
    ) as raised:
        read_vocabulary(data)

    assert "Hexley.voice: is missing; add it" in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("types: [claw hammer]", "types: [mallet]", "types[3].types: no department has 'mallet'"),
        ("use: no-drill", "use: glue", "uses[1].use: no type has 'glue'"),
        (", use: no-drill", "", "uses[1]: has neither types nor use"),
        (
            "{voltage} cordless",
            "{volts} cordless",
            "attributes[0].pattern: 'cordless drill' has no fact 'volts'",
        ),
        (
            "- {type: claw hammer",
            "- {type: mallet",
            "attributes[4].type: no department has 'mallet'",
        ),
        ("- {query: hammer,", "- {text: hammer,", "types[3].query: is missing; add it"),
    ],
)
def test_a_fault_in_the_shoppers_words_is_reported(
    data: Path, old: str, new: str, fault: str
) -> None:
    _replace(data / "shoppers.yaml", old, new)

    with pytest.raises(SampleDataError, match=re.escape(fault)) as raised:
        read_shopper_words(data, vocabulary())

    assert "the sample data file shoppers.yaml cannot be used" in str(raised.value)


@pytest.mark.parametrize("damage", ["types: [", "\ttypes: x", "\x00"])
def test_a_file_that_is_not_yaml_is_reported(data: Path, damage: str) -> None:
    (data / "units.yaml").write_text(damage, encoding="utf-8")

    with pytest.raises(SampleDataError, match=r"file units\.yaml cannot be read: "):
        read_vocabulary(data)


def test_a_missing_department_is_reported(data: Path) -> None:
    (data / "departments" / "pets.yaml").unlink()

    with pytest.raises(SampleDataError, match=r"file departments/pets\.yaml cannot be read: "):
        read_vocabulary(data)


def test_values_are_text_as_they_are_written(data: Path) -> None:
    _replace(data / "units.yaml", "word: volt", "word: no")
    _replace(data / "units.yaml", "symbol: W", "symbol: 010")

    units = read_vocabulary(data).units

    assert (units["V"].word, units["W"].symbol) == ("no", "010")


def test_a_type_with_too_few_different_products_is_reported(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _replace(data / "departments" / "shoes.yaml", "count: 37", "count: 99999")
    changed = read_vocabulary(data)
    monkeypatch.setattr(stock, "vocabulary", lambda: changed)

    with pytest.raises(SampleDataError, match="'sneakers' has fewer than 99999 different products"):
        stock.stock_shop(7)


def test_a_product_without_a_usable_title_is_reported() -> None:
    sneaker = next(each for each in stock.stock_shop(7) if each.kind.key == "sneakers")

    with pytest.raises(SampleDataError, match=r"titles of the type 'sneakers' suits \{\};"):
        compose_title(replace(sneaker, facts={}), {}, stock.random_source(7))


def test_a_pattern_that_no_product_fills_is_reported() -> None:
    with pytest.raises(SampleDataError, match=r"the pattern '.*' in shoppers\.yaml; remove"):
        compose_queries((), seed=7)
