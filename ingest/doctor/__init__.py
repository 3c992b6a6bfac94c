"""``gram-es doctor``: checks of an installation; every problem is reported with its remedy.

A check is a function that takes a :class:`~ingest.doctor.findings.Site` and yields a
:class:`~ingest.doctor.findings.Finding` for each line of output. The line starts with the
function's name. ``CHECKS`` in ``checks.py`` lists the checks. A check need not handle errors: an
error that stops it is reported as a warning.
"""
