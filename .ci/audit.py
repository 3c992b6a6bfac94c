"""Look up the pinned versions of all packages among the published vulnerabilities.

Where the service is out of reach, pip-audit fails; where a mirror of the registry has no
advisories, it takes every package for unknown and finds nothing. So one package is looked up first,
and if nothing is known about it, one line says that no package was audited. Once the service has
answered, a package without an answer fails the audit.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

PROBE = "requests"
_OPTIONS = ("--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json")


def pins(constraints: str) -> dict[str, str]:
    """Return the pinned line of each package."""
    lines = (line.strip() for line in constraints.splitlines())
    return {line.partition("==")[0]: line for line in lines if "==" in line}


def look_up(requirements: list[str]) -> list[dict[str, Any]]:
    """Return what pip-audit says of each package; nothing if the service does not answer."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write("\n".join(requirements))
        file.flush()
        command = [sys.executable, "-m", "pip_audit", "--requirement", file.name, *_OPTIONS]
        finished = subprocess.run(  # noqa: S603 - a fixed list, no shell
            command, capture_output=True, text=True, check=False
        )
    try:
        return list(json.loads(finished.stdout)["dependencies"])
    except ValueError:
        return []


def unanswered(pinned: Iterable[str], packages: list[dict[str, Any]]) -> list[str]:
    """Return the pinned packages that pip-audit says nothing of."""
    answered = {canonicalize_name(package["name"]) for package in packages}
    return [name for name in pinned if canonicalize_name(name) not in answered]


def report(packages: list[dict[str, Any]]) -> tuple[list[str], bool]:
    """Return the lines to print, and whether a package is vulnerable."""
    vulnerable = [
        f"{package['name']} {package['version']}: {fault['id']}, fixed in"
        f" {', '.join(fault['fix_versions']) or 'no version yet'}"
        for package in packages
        for fault in package.get("vulns", ())
    ]
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    counted = f"audited {len(packages) - len(unknown)} packages; vulnerabilities: {len(vulnerable)}"
    missed = f"; not audited: {', '.join(unknown)}" if unknown else ""
    return [*vulnerable, counted + missed], bool(vulnerable)


def main(path: Path) -> int:
    """Audit the packages of a constraints file; return 1 if one is vulnerable or was left out."""
    pinned = pins(path.read_text(encoding="utf-8"))
    if all("skip_reason" in package for package in look_up([pinned[PROBE]])):
        print("no package was audited: the service of advisories does not answer")  # noqa: T201
        return 0
    packages = look_up(list(pinned.values()))
    lines, is_vulnerable = report(packages)
    left_out = unanswered(pinned, packages)
    if left_out:
        lines.append(f"no answer about {len(left_out)} packages, run it again: {left_out[0]} ...")
    print("\n".join(lines))  # noqa: T201
    return int(is_vulnerable or bool(left_out))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
