import os
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / ".ci" / "audit.py"


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = spec_from_file_location("audit", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_vulnerable_package_is_reported_with_the_versions_that_fix_it(audit: ModuleType) -> None:
    fault = {"id": "PYSEC-1", "fix_versions": ["2.1", "3.0"]}
    packages = [
        {"name": "kettle", "version": "2.0", "vulns": [fault]},
        {"name": "spout", "version": "1.0", "vulns": []},
        {"name": "lid", "skip_reason": "not found"},
    ]

    lines, is_vulnerable = audit.report(packages)

    assert is_vulnerable
    assert lines == [
        "kettle 2.0: PYSEC-1, fixed in 2.1, 3.0",
        "audited 2 packages; vulnerabilities: 1; not audited: lid",
    ]


def test_a_service_that_does_not_answer_is_said_and_fails_nothing() -> None:
    unreachable = {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": ""}

    finished = subprocess.run(
        [sys.executable, SCRIPT, ROOT / "constraints.txt"],
        env=os.environ | unreachable,
        capture_output=True,
        text=True,
        check=True,
    )

    assert finished.stdout.startswith("no package was audited")


def test_every_pinned_package_is_looked_up(audit: ModuleType) -> None:
    pinned = audit.pins((ROOT / "constraints.txt").read_text(encoding="utf-8"))

    assert pinned[audit.PROBE].startswith(f"{audit.PROBE}==")
    assert len(pinned) > 100
