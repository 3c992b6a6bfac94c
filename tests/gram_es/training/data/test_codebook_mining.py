from collections.abc import Callable

from gram_es.records import Product
from gram_es.training.data.catalogue import Catalogue
from gram_es.training.data.codebook_mining import mine


def test_codes_join_the_forms_of_a_word_of_the_shops_language(use_language: Callable[[str], None]):
    use_language("german")
    shelf = [
        Product(f"{number}-{form}", f"{maker} {form} für den Garten {number}")
        for number in range(4)
        for maker in ("Akme", "Borg")
        for form in ("Gartenschlauch", "Gartenschläuche", "Bohrmaschine", "Bohrmaschinen")
    ]
    rest = [Product(f"r{number}", f"Regal {number} mit Brettern") for number in range(200)]

    codebook = mine(Catalogue([*shelf, *rest]), max_codes=100).codebook

    labels = [code.label for code in codebook]
    assert len({"bohrmaschine", "bohrmaschinen"}.intersection(labels)) == 1
    assert not any(label.startswith(("fur ", "den ", "mit ")) for label in labels)
