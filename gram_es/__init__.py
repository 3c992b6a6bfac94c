"""GRAM, the Generative Retrieval and Alignment Model, for Elasticsearch."""

import os

__version__ = "0.1.0"

# torch's OpenMP threads spin while they wait. Beside any other busy process (Elasticsearch, on the
# same two cores) a training step took 1.0 to 3.3 s that takes 0.4 s with sleeping waits.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
