from __future__ import annotations

import pytest

from gram_es.codes.codebook import Code, Codebook, Facet
from gram_es.codes.nearness import CodeTypes

COLOUR = Code("pink", ("pink",), 99, (Facet("colour", "pink"),))


def names(**count_by_label: int) -> dict[str, str]:
    labels = {name.replace("_", " "): count for name, count in count_by_label.items()}
    codes = [
        Code(label, tuple(label.split()), count, (Facet("type", label),))
        for label, count in labels.items()
    ]
    types = CodeTypes(Codebook([COLOUR, *codes]))
    return dict(zip(types.labels, types.names, strict=True))


@pytest.mark.parametrize(("flash_drives", "name"), [(12, "flash drive"), (11, "drive")])
def test_a_type_has_the_name_of_a_longer_one_that_most_of_its_products_have(
    flash_drives: int, name: str
):
    assert names(drive=20, flash_drive=flash_drives)["drive"] == name


def test_of_longer_types_that_with_the_most_products_gives_the_name():
    found = names(boots=20, hiking_boots=13, rain_boots=14, tall_rain_boots=14)

    assert found["boots"] == "rain boots"
    assert found["rain boots"] == "tall rain boots"
    assert found["hiking boots"] == "hiking boots"


def test_a_type_that_only_begins_with_the_label_gives_no_name():
    found = names(laptop=20, laptop_cases=20, drivelaptop=20)

    assert found["laptop"] == "laptop"
