import pytest

from gram_es.retrieval.completions import Completion, Completions
from gram_es.retrieval.searcher import Searcher
from gram_es.retrieval.suggest import suggest

DRILL = Completion("cordless drill", "code", 9)
DRILLS = Completion("Drills", "category", 4)
BIT = Completion("drill bit", "code", 7)
CORD = Completion("Cordelia", "brand", 2)
COMPLETIONS = Completions([CORD, DRILLS, DRILL, BIT])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cord", [DRILL, CORD]),
        ("CORDL", [DRILL]),
        ("dri", [BIT, DRILLS, DRILL]),  # a match of the first word comes before one of a later word
        ("cordless dr", [DRILL]),
        ("ill", []),
        ("", []),
        ("☕", []),
    ],
)
def test_completions_contain_a_word_that_begins_with_the_text(text, expected):
    assert list(COMPLETIONS.of(text, 9)) == expected


def test_at_most_the_requested_number_is_returned():
    assert COMPLETIONS.of("dri", 1) == (BIT,)
    assert COMPLETIONS.most_frequent(2) == (DRILL, BIT)


def test_of_completions_with_the_same_normal_form_the_first_is_kept():
    both = COMPLETIONS.with_more([Completion("CORDELIA", "code", 50)])

    assert both.of("cordelia", 9) == (CORD,)


def test_brands_categories_and_titles_are_offered_without_a_model(client, coded_shop):
    searcher = Searcher(client, index=coded_shop.index)

    assert suggest(searcher, "mak", size=5).completions == (Completion("Makita", "brand", 3),)
    assert suggest(searcher, "hammer dr", size=5).completions == (
        Completion("Hammer drill 18V", "product", 1),
    )
    assert suggest(searcher, "sp", size=3).completions == (Completion("Spanner", "product", 1),)
    assert suggest(searcher, "☕", size=3).completions == ()


def test_codes_are_offered_with_their_counts_and_typing_errors_are_corrected(
    client, gram, shop_index
):
    searcher = Searcher(client, gram, index=shop_index.index)

    offered = suggest(searcher, "water bo", size=5)
    corrected = suggest(searcher, "cordles drill", size=5)

    assert "code" in {completion.kind for completion in offered.completions}
    assert all("water bo" in completion.text.lower() for completion in offered.completions)
    assert all(completion.count > 0 for completion in offered.completions)
    assert corrected.corrected == "cordless drill"
    assert any("cordless drill" in completion.text.lower() for completion in corrected.completions)
