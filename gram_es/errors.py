"""The exceptions that gram-es raises for expected errors.

An exception that only one package raises is defined in that package. The tree names the package of
each such exception::

    GramError
    ├── SettingsError                 an environment variable or an option has an invalid value
    ├── FeedError                     a feed cannot be read (an invalid row is a ``RejectedRow``)
    ├── JudgmentsError                a judgments file is invalid or matches no product
    ├── ModelError                    a model folder is missing, damaged or incompatible
    │   ├── TrainingError             no model can be trained on the catalogue
    │   ├── NoAnswerError             ``gram_es.retrieval``: the model did not answer in time
    │   └── ModelMismatchError        ``ingest``: the index contains the codes of another model
    ├── NodeError                     the local node cannot be installed, started or stopped
    ├── ClusterError                  Elasticsearch answered with an error that a retry cannot fix
    │   └── ClusterUnavailableError   Elasticsearch did not answer or is overloaded (429, 503)
    ├── CatalogueIndexError           the index, its templates or its aliases are not as required
    │   └── TemplateConflictError     ``gram_es.index``: a foreign index template shapes the index
    ├── OverrideError                 an override is invalid or cannot be stored
    │   └── UnknownOverrideError      no override has this id
    ├── RequestError                  ``gram_es.retrieval``: a search request has invalid values
    ├── ShopIndexError                the index is a shop's own, so that this cannot be done with it
    ├── SampleDataError               ``gram_es.sample``: a data file of the sample shop is invalid
    ├── LostLedgerError               ``ingest``: the ledger lacks what was written to it
    ├── BrokerError                   ``ingest``: the message broker cannot be reached
    ├── OverloadedError               ``query_api``: too many requests
    └── KibanaError                   Kibana cannot be reached or rejected the saved objects
"""


class GramError(Exception):
    """Base class; the message states what failed, the value that caused it, and what to do next.

    ``retryable`` is true if the same operation may succeed later. ``exit_code`` is that of a
    command that ends with the error.
    """

    retryable = False
    exit_code = 2


class SettingsError(GramError):
    """An environment variable or an option has an invalid value."""


class FeedError(GramError):
    """A feed as a whole cannot be read."""


class JudgmentsError(GramError):
    """A judgments file cannot be read, or none of its products is in the catalogue."""


class ModelError(GramError):
    """A model folder is missing, damaged or written by an incompatible version."""


class TrainingError(ModelError):
    """No model can be trained on the catalogue."""


class NodeError(GramError):
    """The local Elasticsearch cannot be installed, started or stopped."""


class ClusterError(GramError):
    """Elasticsearch answered with an error that a retry cannot fix."""


class ClusterUnavailableError(ClusterError):
    """Elasticsearch did not answer in time or is overloaded (HTTP 429, 503)."""

    retryable = True


class CatalogueIndexError(GramError):
    """The index, its templates or its aliases are not as gram-es requires."""


class ShopIndexError(GramError):
    """The index is a shop's own, in which gram-es has only codes, and the operation needs more."""


class OverrideError(GramError):
    """An override is invalid or cannot be stored."""


class UnknownOverrideError(OverrideError):
    """No override has the given id."""


class KibanaError(GramError):
    """Kibana could not be reached or rejected the saved objects."""


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message; its type if it has no message."""
    return (str(error).splitlines() or [type(error).__name__])[0]
