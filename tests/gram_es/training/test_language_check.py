from gram_es.model.pretrained import create_text_encoder
from gram_es.records import Product
from gram_es.text.normalise import normalise
from gram_es.training.language_check import language_warning

GERMAN = [
    "gartenschlauch mit spritzpistole und schnellkupplung",
    "arbeitshandschuhe aus rindsleder fingerlos",
    "kinderfahrradanhänger wasserdicht zusammenklappbar",
    "geschirrspülmaschine vollintegrierbar mit besteckschublade",
]


def test_an_english_catalogue_gives_no_warning(shop: tuple[Product, ...]):
    titles = [normalise(product.title) for product in shop]

    assert language_warning(create_text_encoder(), titles) is None


def test_titles_without_words_give_no_warning():
    assert language_warning(create_text_encoder(), ["42", ""]) is None


def test_an_english_encoder_of_a_shop_in_another_language_gives_a_warning():
    encoder = create_text_encoder()
    encoder.config.language = "german"

    warning = language_warning(encoder, ["lamp"])

    assert warning is not None
    assert "all-MiniLM-L6-v2 is English, but GRAM_ES_LANGUAGE is german" in warning
    assert "--encoder" in warning


def test_a_catalogue_that_the_encoder_cannot_read_gives_a_warning(small_encoder: str):
    encoder = create_text_encoder(small_encoder)

    for titles in (GERMAN, ["красная лампа для стола", "синяя куртка с капюшоном"]):
        warning = language_warning(encoder, [normalise(title) for title in titles])
        assert warning is not None
        assert "does not know most words of the catalogue" in warning
