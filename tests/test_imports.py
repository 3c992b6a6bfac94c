"""Packages and layers import only what the architecture allows."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import gram_es

ROOT = Path(gram_es.__file__).parents[1]
PACKAGES = ("gram_es", "ingest", "query_api", "mappings")
MAY_IMPORT = {
    "gram_es": {"mappings"},
    "ingest": {"gram_es", "mappings"},
    "query_api": {"gram_es", "mappings", "ingest.broker"},
    "mappings": set(),
}
TRAINERS = {"ingest.cli.train", "ingest.cli.language_model_training", "gram_es.training"}
LAYERS = (
    {"gram_es.errors", "gram_es.records", "gram_es.background", "gram_es.bisection"},
    {"gram_es.text.languages", "gram_es.cli_options"},
    {
        "gram_es.settings",
        "gram_es.telemetry",
        "gram_es.telemetry_export",
        "gram_es.span_export",
    },
    {"gram_es.text"},
    {"gram_es.codes"},
    {"gram_es.model", "gram_es.language_model"},
    {"gram_es.cluster"},
    {
        "gram_es.overrides.rules",
        "gram_es.overrides.patterns",
        "gram_es.overrides.products",
        "gram_es.overrides.queries",
    },
    {"gram_es.index"},
    {"gram_es.precomputed.store", "gram_es.precomputed.watcher"},
    {"gram_es.overrides"},
    {"gram_es.retrieval"},
    {"gram_es.precomputed"},
    {"gram_es.inspection"},
    {"gram_es.evaluation"},
    {"gram_es.training"},
    {"gram_es.sample"},
    {"gram_es.migration"},
    {"gram_es", "gram_es.cli", "gram_es.demo"},
)
"""A module is in the layer of its longest prefix, the module ``cli`` of any package in the last."""
INGEST_MAY_IMPORT = {
    "feeds": set(),
    "collections": {"feeds"},
    "broker": set(),
    "progress_bar": set(),
    "runs": {"feeds", "progress_bar"},
    "producer": {"feeds", "broker", "progress_bar", "runs"},
    "worker": {"feeds", "broker", "runs"},
    "enrich": {"feeds"},
    "doctor": {"broker", "runs", "worker"},
    "cli": {
        "feeds",
        "collections",
        "broker",
        "enrich",
        "progress_bar",
        "runs",
        "producer",
        "worker",
    },
}


def modules() -> dict[str, ast.Module]:
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): ast.parse(path.read_text("utf-8"))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    }


def imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def layer(module: str) -> int:
    if module.endswith(".cli"):
        return len(LAYERS) - 1
    parts = module.split(".")
    prefixes = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next(
        number for prefix in prefixes for number, names in enumerate(LAYERS) if prefix in names
    )


def test_no_module_imports_itself_through_others():
    trees = {name.removesuffix(".__init__"): tree for name, tree in modules().items()}
    packages = {name.rpartition(".")[0] for name in trees}

    # `from package import module` imports the module; the package is not counted as another one
    graph = {name: (imported(tree) & trees.keys()) - packages for name, tree in trees.items()}

    TopologicalSorter(graph).prepare()  # raises CycleError with the circle


def test_each_layer_of_gram_es_imports_only_those_before_it():
    trees = modules()
    violations = [
        f"{name} imports {other}"
        for name, tree in trees.items()
        if name.startswith("gram_es.")
        for other in imported(tree)
        if other in trees and other.startswith("gram_es.") and layer(other) > layer(name)
    ]
    assert violations == []


def test_packages_of_ingest_import_only_those_below_them():
    violations = [
        f"{name} imports {other}"
        for name, tree in modules().items()
        if name.startswith("ingest.") and (own := name.split(".")[1]) != "__init__"
        for other in imported(tree)
        if other.startswith("ingest.") and (package := other.split(".")[1]) != own
        if package not in INGEST_MAY_IMPORT[own]
    ]
    assert violations == []


def test_packages_import_only_allowed_packages():
    violations = [
        f"{name} imports {other}"
        for name, tree in modules().items()
        for other in imported(tree)
        if (package := other.split(".")[0]) in PACKAGES
        and package != (own := name.split(".")[0])
        and package not in MAY_IMPORT[own]
        and not other.startswith(tuple(f"{allowed}." for allowed in MAY_IMPORT[own]))
    ]
    assert violations == []


def test_only_gram_es_index_reads_the_mappings():
    violations = [
        name
        for name, tree in modules().items()
        if name.startswith("gram_es.") and not name.startswith("gram_es.index.")
        if any(other.split(".")[0] == "mappings" for other in imported(tree))
    ]
    assert violations == []


def test_only_the_command_trains_and_only_when_it_runs():
    violations = [
        name
        for name, tree in modules().items()
        if not name.startswith(tuple(TRAINERS))
        if name != "gram_es.__init__"  # imports lazily, see test_public_names.py
        if any(other.startswith("gram_es.training") for other in imported(tree))
    ]
    imports_at_top = [
        n for n in modules()["ingest.cli.train"].body if isinstance(n, ast.ImportFrom)
    ]
    assert violations == []
    assert not any((node.module or "").startswith("gram_es.training") for node in imports_at_top)
