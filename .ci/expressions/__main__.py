"""Fail if a regular expression of the packages can take more than linear time.

An expression may be excepted by a comment at its line that says how long its texts are, such as
``# at most 100 characters``, or why it is harmless: ``# linear because ...``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from attacks import find_attack
from matcher import StepCounter
from sources import expressions

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Print each expression that can be attacked; return 1 if there is one."""
    sys.path.insert(0, str(ROOT))
    checked = failed = excepted = 0
    for expression in expressions(ROOT):
        checked += 1
        excepted += expression.is_excepted
        if expression.is_excepted:
            continue
        counter = StepCounter(expression.pattern, expression.flags)
        if (attack := find_attack(counter, expression.method)) is not None:
            failed += 1
            print(f"{expression.place} ({expression.method}) {expression.pattern!r}")  # noqa: T201
            print(f"    {attack}")  # noqa: T201
    print(f"checked {checked} expressions: {failed} fail, {excepted} are excepted")  # noqa: T201
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
