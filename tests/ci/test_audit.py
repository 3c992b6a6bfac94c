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


def test_an_audit_that_missed_a_package_fails(
    audit: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "constraints.txt").write_text("Some_Lid==1.0\nrequests==2.0\nspout==1.0\n")
    answers = [
        [{"name": "requests", "version": "2.0", "vulns": []}],  # the service answers
        [{"name": name, "version": "2.0", "vulns": []} for name in ("requests", "some-lid")],
        [{"name": "requests", "version": "2.0", "vulns": []}],
        [],  # and then no more
    ]
    monkeypatch.setattr(audit, "look_up", lambda _requirements: answers.pop(0))

    codes = [audit.main(tmp_path / "constraints.txt") for _ in range(2)]

    assert codes == [1, 1]
    missed_one, missed_all = capsys.readouterr().out.split("audited 0 packages", 1)
    assert "no answer about 1 packages, run it again: spout" in missed_one
    assert "no answer about 3 packages" in missed_all


def test_every_pinned_package_is_looked_up(audit: ModuleType) -> None:
    pinned = audit.pins((ROOT / "constraints.txt").read_text(encoding="utf-8"))

    assert pinned[audit.PROBE].startswith(f"{audit.PROBE}==")
    assert len(pinned) > 100
