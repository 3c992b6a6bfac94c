"""The commands ``ingest``, ``worker``, ``feed``, ``train`` and ``evaluate``."""
