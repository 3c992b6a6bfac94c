"""``gram-es doctor``: checks of an installation; every problem is reported with its remedy.

A check is a function that takes a :class:`~ingest.doctor.findings.Site` and yields a
:class:`~ingest.doctor.findings.Finding` for each line of output, which starts with the function's
name. ``CHECKS`` in ``examination.py`` lists the checks. A check handles no errors: an error that
stops it is reported as a warning.
"""
