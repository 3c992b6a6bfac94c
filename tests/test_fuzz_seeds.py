"""The kept inputs of the fuzzers make no target crash and break none of its promises."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

Target = Callable[[bytes], None]


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("targets", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MODULES = [_load(path) for path in sorted(Path(__file__).parent.rglob("fuzz/targets.py"))]
TARGETS: dict[Path, Target] = {
    module.SEEDS / name: target for module in MODULES for name, target in module.TARGETS.items()
}


@pytest.mark.parametrize("folder", TARGETS, ids=lambda folder: folder.name)
def test_no_seed_breaks_a_promise(folder: Path) -> None:
    seeds = sorted(folder.iterdir())

    assert seeds, f"{folder.name} has no seeds"
    for seed in seeds:
        TARGETS[folder](seed.read_bytes())


def test_each_folder_of_seeds_has_its_target() -> None:
    assert {folder for module in MODULES for folder in module.SEEDS.iterdir()} == TARGETS.keys()
