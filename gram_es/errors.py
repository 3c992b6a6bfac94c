"""Every error that gram-es raises on purpose.

::

    GramError
    ├── SettingsError             an environment variable or an option has a bad value
    ├── FeedError                 a feed as a whole cannot be read (a bad row is a ``RefusedRow``)
    ├── JudgmentsError            a judgments file cannot be read or fits no product
    ├── ModelError                a model folder is missing, damaged or of another version
    │   ├── TrainingError         the catalogue cannot be trained on
    │   └── ModelDoesNotFitError  in ``ingest``: the index holds the codes of another model
    ├── NodeError                 the local Elasticsearch cannot be got, started or stopped
    ├── ClusterError              Elasticsearch answered with an error that a retry will not mend
    │   └── ClusterUnavailableError   it did not answer, or asked to be left alone (429, 503)
    ├── CatalogueIndexError       the index, its templates or aliases are not as they should be
    ├── OverrideError             an override cannot be as it was given
    │   └── UnknownOverrideError  there is none of that id
    ├── RequestError              in ``gram_es.retrieval``: a search asks for what cannot be had
    ├── BrokerError               in ``ingest``: the queue cannot be reached
    └── KibanaError               Kibana refused the saved objects
"""


class GramError(Exception):
    """Base of the tree: one sentence that names what failed, the offending value and the remedy."""

    retryable = False


class SettingsError(GramError):
    """An environment variable or an option has a value that cannot be used."""


class FeedError(GramError):
    """A feed as a whole cannot be read."""


class JudgmentsError(GramError):
    """A judgments file cannot be read, or names no product of the catalogue."""


class ModelError(GramError):
    """A model folder is missing, damaged or written by an incompatible version."""


class TrainingError(ModelError):
    """The catalogue cannot be trained on."""


class NodeError(GramError):
    """The local Elasticsearch cannot be got, started or stopped."""


class ClusterError(GramError):
    """Elasticsearch answered with an error that a retry will not mend."""


class ClusterUnavailableError(ClusterError):
    """Elasticsearch did not answer in time, or asked to be left alone (429, 503)."""

    retryable = True


class CatalogueIndexError(GramError):
    """The index, its templates or its aliases are not as they should be."""


class OverrideError(GramError):
    """An override cannot be as it was given."""


class UnknownOverrideError(OverrideError):
    """There is no override of that id."""


class KibanaError(GramError):
    """Kibana could not be reached or refused the saved objects."""
