"""The kept inputs of the fuzzer break no promise about a query."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("targets", Path(__file__).parent / "targets.py")
assert _spec is not None
assert _spec.loader is not None
_targets = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_targets)
TARGETS: dict[str, Callable[[bytes], None]] = _targets.TARGETS
SEEDS: Path = _targets.SEEDS


@pytest.mark.parametrize("name", TARGETS)
def test_no_seed_breaks_a_promise(name: str) -> None:
    seeds = sorted((SEEDS / name).iterdir())

    assert seeds, f"{name} has no seeds"
    for seed in seeds:
        TARGETS[name](seed.read_bytes())


def test_each_folder_of_seeds_has_its_target() -> None:
    assert {folder.name for folder in SEEDS.iterdir()} == TARGETS.keys()
