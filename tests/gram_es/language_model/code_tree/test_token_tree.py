import numpy as np
import pytest

from gram_es.language_model.code_tree.token_tree import ROOT, TokenTree


def test_texts_share_the_nodes_of_a_common_beginning() -> None:
    tree = TokenTree.of([[7, 8, 9], [7, 8, 5], [6, 8]])
    assert tree.tokens.tolist() == [7, 8, 9, 5, 6, 8]
    assert tree.parents.tolist() == [ROOT, 0, 1, 1, ROOT, 4]
    assert tree.depths.tolist() == [0, 1, 2, 2, 0, 1]
    assert tree.paths == ((0, 1, 2), (0, 1, 3), (4, 5))


def test_inner_nodes_see_themselves_and_their_ancestors() -> None:
    tree = TokenTree.of([[7, 8, 9], [7, 8, 5], [6, 8]])
    assert tree.inner().tolist() == [0, 1, 4]
    visible = [[True, False, False], [True, True, False], [False, False, True]]
    assert np.array_equal(tree.sees(tree.inner()), visible)


def test_a_text_without_tokens_is_an_error() -> None:
    with pytest.raises(ValueError, match="no tokens"):
        TokenTree.of([[1], []])


def test_children_are_listed_node_by_node() -> None:
    tree = TokenTree.of([[7, 8, 9], [7, 8, 5], [6, 8]])

    rows, children = tree.children_of(np.array([1, 2, ROOT]))

    assert rows.tolist() == [0, 0, 2, 2]
    assert children.tolist() == [2, 3, 0, 4]


def test_a_node_knows_the_text_that_ends_there_and_the_texts_that_pass_it() -> None:
    tree = TokenTree.of([[7, 8, 9], [7, 8], [6, 8]])

    assert tree.text_at.tolist() == [-1, 1, 0, -1, 2]
    assert tree.on_paths([1, 2]).tolist() == [True, True, False, True, True]
