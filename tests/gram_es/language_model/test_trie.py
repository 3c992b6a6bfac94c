import pytest
import torch

from gram_es.language_model.trie import ROOT, Trie

END = 9
TRIE = Trie([[5], [5, 6], [7, 6]], end=END)


def tokens(edges: torch.Tensor) -> list[int]:
    return TRIE.alphabet[TRIE.edge_token[edges]].tolist()


def test_the_root_leads_to_each_first_token_once():
    rows, edges = TRIE.outgoing_edges(torch.tensor([ROOT]))

    assert rows.tolist() == [0, 0]
    assert tokens(edges) == [5, 7]


def test_a_code_may_be_the_prefix_of_another():
    _, edges = TRIE.outgoing_edges(TRIE.edge_parent[TRIE.edges_on_path[1, 1:2]])

    assert tokens(edges) == [6, END]


def test_a_finished_code_loops_on_its_leaf():
    leaf = TRIE.edge_parent[TRIE.edges_on_path[0, -1]]
    _, edges = TRIE.outgoing_edges(leaf[None])

    assert TRIE.only_code[leaf] == 0
    assert tokens(edges) == [END]
    assert TRIE.edge_child[edges].tolist() == [int(leaf)]


def test_a_node_with_one_code_below_it_knows_that_code():
    """One code of three begins with 7, two begin with 5."""
    first = TRIE.edge_child[TRIE.edges_on_path[:, 0]]

    assert TRIE.only_code[first].tolist() == [-1, -1, 2]


def test_the_prior_of_an_edge_is_its_share_of_the_codes():
    """Two of three codes begin with 5: one of them consists of 5 alone, the other continues."""
    on_paths = TRIE.edge_log_prior.exp()[TRIE.edges_on_path].tolist()

    assert on_paths == [
        pytest.approx([2 / 3, 1 / 2, 1.0]),
        pytest.approx([2 / 3, 1 / 2, 1.0]),
        pytest.approx([1 / 3, 1.0, 1.0]),
    ]


def test_edges_of_several_nodes_come_row_by_row():
    nodes = torch.tensor([int(TRIE.edge_parent[TRIE.edges_on_path[1, 1]]), ROOT])

    rows, edges = TRIE.outgoing_edges(nodes)

    assert rows.tolist() == [0, 0, 1, 1]
    assert tokens(edges) == [6, END, 5, 7]


def test_only_edges_towards_live_codes_are_allowed():
    allowed = TRIE.allowed_edges(torch.tensor([1]))
    _, at_root = TRIE.outgoing_edges(torch.tensor([ROOT]))
    _, after_five = TRIE.outgoing_edges(TRIE.edge_parent[TRIE.edges_on_path[1, 1:2]])

    assert allowed[at_root].tolist() == [True, False]
    assert allowed[after_five].tolist() == [True, False]


@pytest.mark.parametrize(
    ("sequences", "fault"),
    [([[]], "no tokens"), ([[1], [1]], "same tokens"), ([[1, END]], "ends codes")],
)
def test_invalid_sequences_are_rejected(sequences: list[list[int]], fault: str):
    with pytest.raises(ValueError, match=fault):
        Trie(sequences, end=END)
