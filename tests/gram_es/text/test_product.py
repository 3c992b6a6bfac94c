from gram_es.records import Product
from gram_es.text.product import model_text, raw_text, search_text

DRILL = Product(
    "1",
    "Makita Drill 18V",
    brand="Makita",
    category=("Tools", "Drills"),
    description="Drives screws.",
    attributes={
        "voltage": ("18 V",),
        "brushless": ("true",),
        "keyed": ("false",),
        "width": ("33.6",),
        "condition": ("new",),
    },
)


def test_search_reads_everything_that_adds_a_word_and_the_title_twice():
    assert search_text(DRILL) == (
        "makita drill 18 volt makita drill 18 volt tools drills brushless drives screws"
    )


def test_a_title_without_other_text_occurs_once():
    assert search_text(Product("1", "Angle Bracket")) == "angle bracket"


def test_the_model_reads_the_title_once():
    assert model_text(DRILL) == "makita drill 18 volt tools drills brushless drives screws"


def test_raw_text_is_as_the_shop_wrote_it():
    assert raw_text(DRILL) == "Makita Drill 18V Makita Tools Drills 18 V 33.6 new Drives screws."
