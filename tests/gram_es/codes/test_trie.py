import pytest
import torch

from gram_es.codes.trie import ROOT, Trie

END = 9
TRIE = Trie([[5], [5, 6], [7, 6]], end=END)


def tokens(edges: torch.Tensor) -> list[int]:
    return TRIE.alphabet[TRIE.token[edges]].tolist()


def test_the_root_leads_to_each_first_token_once():
    rows, edges = TRIE.edges_of(torch.tensor([ROOT]))

    assert rows.tolist() == [0, 0]
    assert tokens(edges) == [5, 7]


def test_a_code_may_end_where_another_goes_on():
    _, edges = TRIE.edges_of(TRIE.parent[TRIE.edges_on_path[1, 1:2]])

    assert tokens(edges) == [6, END]


def test_a_finished_code_waits_on_its_leaf():
    leaf = TRIE.parent[TRIE.edges_on_path[0, -1]]
    _, edges = TRIE.edges_of(leaf[None])

    assert TRIE.code[leaf] == 0
    assert tokens(edges) == [END]
    assert TRIE.child[edges].tolist() == [int(leaf)]


def test_a_code_is_known_as_soon_as_no_other_lies_behind():
    """7 begins one code of three; behind 5 two are left."""
    first = TRIE.child[TRIE.edges_on_path[:, 0]]

    assert TRIE.code[first].tolist() == [-1, -1, 2]


def test_the_prior_of_an_edge_is_its_share_of_the_codes():
    """Two of three codes begin with 5; one of these ends there, the other goes on."""
    on_paths = TRIE.prior.exp()[TRIE.edges_on_path].tolist()

    assert on_paths == [
        pytest.approx([2 / 3, 1 / 2, 1.0]),
        pytest.approx([2 / 3, 1 / 2, 1.0]),
        pytest.approx([1 / 3, 1.0, 1.0]),
    ]


def test_edges_of_several_nodes_come_row_by_row():
    nodes = torch.tensor([int(TRIE.parent[TRIE.edges_on_path[1, 1]]), ROOT])

    rows, edges = TRIE.edges_of(nodes)

    assert rows.tolist() == [0, 0, 1, 1]
    assert tokens(edges) == [6, END, 5, 7]


def test_only_edges_towards_live_codes_are_alive():
    alive = TRIE.alive_edges(torch.tensor([1]))
    _, at_root = TRIE.edges_of(torch.tensor([ROOT]))
    _, after_five = TRIE.edges_of(TRIE.parent[TRIE.edges_on_path[1, 1:2]])

    assert alive[at_root].tolist() == [True, False]
    assert alive[after_five].tolist() == [True, False]


@pytest.mark.parametrize(
    ("sequences", "fault"),
    [([[]], "no tokens"), ([[1], [1]], "same tokens"), ([[1, END]], "ends codes")],
)
def test_sequences_that_are_no_codes_are_refused(sequences: list[list[int]], fault: str):
    with pytest.raises(ValueError, match=fault):
        Trie(sequences, end=END)
