"""``gram-es doctor``: every check that a support engineer would make, each with its remedy.

A check is a function that takes a :class:`~ingest.doctor.findings.Site` and yields a
:class:`~ingest.doctor.findings.Finding` for each line that it has to say; its name is the line's.
It is listed in ``CHECKS`` in ``examination.py``. Whatever keeps a check from running becomes a
line of its own, so a check handles no errors.
"""
