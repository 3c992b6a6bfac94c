"""The settings of gram-es, read once from environment variables."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final, Literal, get_args

import platformdirs
from pydantic import (
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from gram_es.errors import SettingsError
from gram_es.text.languages import ENGLISH, Language

WINDOW: Final = 1_000  # products; half of them for the first pages. R@500 with 2,000 is equal


ImageHost = Annotated[
    str,
    StringConstraints(pattern=r"^(\*\.)?[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){0,9}(:[0-9]{1,5})?$"),
]
Origin = Annotated[
    str,
    StringConstraints(
        pattern=r"^https?://([a-z0-9-]{1,63}\.){0,9}[a-z0-9-]{1,63}(:[0-9]{1,5})?$",
    ),
]
Origins = Annotated[tuple[Origin, ...], NoDecode, WithJsonSchema({"type": "string"})]
ImageHosts = Annotated[tuple[ImageHost, ...], NoDecode, WithJsonSchema({"type": "string"})]


def default_cache_dir() -> Path:
    """Return the cache folder that is used unless ``GRAM_ES_CACHE_DIR`` is set.

    Root starts Elasticsearch as an unprivileged user, who cannot enter root's home, so root's cache
    is in a folder that everyone can reach.
    """
    if os.geteuid() == 0:
        return Path("/var/cache/gram-es")
    return Path(platformdirs.user_cache_dir("gram-es"))


class Settings(BaseSettings):
    """Every setting with its default; a field's alias is the name of its environment variable.

    ``docs/configuration.md`` is generated from the fields, in this order. The ``repr`` omits keys.
    It also omits URLs, because a URL may contain a password.
    """

    # Only aliases are read, not the fields' names: many environments contain HOST and PORT.
    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    elasticsearch_url: str | None = Field(
        None,
        alias="ELASTICSEARCH_URL",
        repr=False,
        description="URL of the Elasticsearch cluster (8.19 or later), such as "
        "`https://search.example.com:9200`. If not set, gram-es uses the local node that "
        "`gram-es node start` runs.",
    )
    elasticsearch_api_key: SecretStr | None = Field(
        None,
        alias="ELASTICSEARCH_API_KEY",
        description="API key for the cluster, in its encoded form.",
    )
    elasticsearch_ca_file: Path | None = Field(
        None,
        alias="ELASTICSEARCH_CA_FILE",
        description="PEM file of the certificate authority that signed the cluster's certificate. "
        "If not set, the certificate must be signed by a public authority.",
    )
    elasticsearch_timeout_s: float = Field(
        30.0,
        alias="GRAM_ES_ELASTICSEARCH_TIMEOUT",
        gt=0,
        description="Seconds to wait for one response of the cluster. A search waits no longer "
        "than its own deadline.",
    )
    node_version: Literal["8", "9"] = Field(
        "8",
        alias="GRAM_ES_NODE_VERSION",
        description="Major version of Elasticsearch that the local node runs. Each has its own "
        "data. `9` needs Java 21 or later.",
    )
    index: str = Field(
        "products-gram",
        alias="GRAM_ES_INDEX",
        pattern=r"^[a-z][a-z0-9-]*$",
        description="Alias that searches read from, in lower-case letters, digits and hyphens. "
        "Documents are written through the alias of the same name with `-write` appended.",
    )

    model_dir: Path | None = Field(
        None,
        alias="GRAM_ES_MODEL",
        description="Folder of the model.",
        json_schema_extra={"default_in_words": "`model` in the cache folder"},
    )
    language: Language = Field(
        ENGLISH,
        alias="GRAM_ES_LANGUAGE",
        description="Language of the shop's products and queries: selects stemming, stop words "
        "and Elasticsearch's text analysis. A model works only in the language that it was "
        "trained in.",
    )
    threads: int = Field(
        0,
        alias="GRAM_ES_THREADS",
        ge=0,
        description="Threads that the model computes with in each process. With `0`, `serve` uses "
        "one thread. `worker --concurrency N` starts N processes and divides the processors "
        "between them. All other commands use all processors.",
    )
    cache_dir: Path = Field(
        default_factory=default_cache_dir,
        alias="GRAM_ES_CACHE_DIR",
        description="Folder for downloaded feeds, the local node, the default model and the "
        "default broker. It must be on a local disk.",
        json_schema_extra={
            "default_in_words": "the user's cache folder; for root, `/var/cache/gram-es`"
        },
    )

    language_model: str | None = Field(
        None,
        alias="GRAM_ES_LANGUAGE_MODEL",
        description="Hub id, folder or GGUF file of a language model that understands queries "
        "together with the model, for `gram-es worker --queries`.",
    )
    queries_per_minute: int = Field(
        0,
        alias="GRAM_ES_QUERIES_PER_MINUTE",
        ge=0,
        le=6_000,
        description="Queries per minute that each process of the service sends to "
        "`gram-es worker --queries`, whose codes the next search for the same query uses. With "
        "`0` it sends none. The broker then contains what shoppers typed.",
    )

    broker_url: str = Field(
        "filesystem://",
        alias="GRAM_ES_BROKER_URL",
        repr=False,
        description="URL of the message broker: `redis://...` (needs the extra `redis`) or "
        "`amqp://...`. `filesystem://` is a folder in the cache folder, for one machine.",
    )
    batch_size: int = Field(
        1_000,
        alias="GRAM_ES_BATCH_SIZE",
        ge=1,
        le=5_000,
        description="Rows of a feed in one batch, which is one task of a worker.",
    )
    max_queued_batches: int = Field(
        16,
        alias="GRAM_ES_BATCHES_AHEAD",
        ge=1,
        le=1_000,
        description="Batches of a run that may be queued or in progress at a time. `ingest` reads "
        "no further until a worker finishes one.",
    )
    lease_s: float = Field(
        60.0,
        alias="GRAM_ES_LEASE",
        ge=1,
        description="Seconds that a worker may keep a batch without renewing its claim, the lease. "
        "A running worker renews it every third of this time. When it expires, the batch is sent "
        "to another worker.",
    )
    max_deleted_share: float = Field(
        0.1,
        alias="GRAM_ES_MOST_DELETED",
        ge=0,
        le=1,
        description="Largest share of a source's products that a full feed may delete by no longer "
        "listing them. A run that would delete more deletes nothing unless `--allow-deletes` is "
        "given.",
    )

    feed_mapping: Path | None = Field(
        None,
        alias="GRAM_ES_FEED_MAPPING",
        description="YAML file that maps a feed's field names to those of gram-es. The option "
        "`--mapping` takes precedence.",
    )
    max_feed_bytes: int = Field(
        4 << 30,
        alias="GRAM_ES_FEED_BYTES",
        ge=1,
        description="Largest feed to download, in bytes.",
    )
    max_feed_s: float = Field(
        1_800.0,
        alias="GRAM_ES_FEED_SECONDS",
        gt=0,
        description="Longest download of a feed, in seconds.",
    )
    allow_http_feeds: bool = Field(
        False,
        alias="GRAM_ES_FEED_HTTP",
        description="Allows plain HTTP for feed downloads, also in redirects: anyone on the way "
        "can read and change such a feed.",
    )
    allow_private_feed_hosts: bool = Field(
        False,
        alias="GRAM_ES_FEED_PRIVATE",
        description="Allows private addresses for feed downloads, also in redirects. Leave it off "
        "unless you trust every feed URL.",
    )
    allow_feed_proxies: bool = Field(
        False,
        alias="GRAM_ES_FEED_PROXY",
        description="Lets feed downloads use the proxies of the environment, such as "
        "`HTTPS_PROXY`. The proxy itself must then reject private addresses.",
    )
    use_netrc: bool = Field(
        True,
        alias="GRAM_ES_FEED_NETRC",
        description="Whether a feed download sends the user and password that `~/.netrc` has for "
        "the host of the feed's URL. They are never sent to the host of a redirect.",
    )

    host: str = Field(
        "127.0.0.1",
        alias="GRAM_ES_HOST",
        description="Address that `gram-es serve` listens on.",
    )
    port: int = Field(
        8080,
        alias="GRAM_ES_PORT",
        ge=0,
        le=65_535,
        description="Port that `gram-es serve` and `gram-es demo` listen on. `0` picks a free one.",
    )
    client_s: float = Field(
        10.0,
        alias="GRAM_ES_CLIENT_SECONDS",
        gt=0,
        description="Seconds that a client of the service may take to send the head of a request, "
        "again to send its body, and again to take the response. Then its connection is closed.",
    )
    max_connections: int = Field(
        500,
        alias="GRAM_ES_CONNECTIONS",
        ge=10,
        description="Connections that each process of the service keeps open, at most half of the "
        "files that the process may open. A new connection closes one that waits for its client.",
    )
    admin_token: SecretStr | None = Field(
        None,
        alias="GRAM_ES_ADMIN_TOKEN",
        min_length=16,
        description="Bearer token for `/admin/overrides`. If not set, that endpoint does not "
        "exist.",
    )
    max_requests_per_minute: int = Field(
        0,
        alias="GRAM_ES_RATE",
        ge=0,
        description="Requests per minute that one client address may make, counted by each process "
        "separately. Each search of a request to `/instantsearch` counts as a request. `0` sets no "
        "limit.",
    )
    metrics_token: SecretStr | None = Field(
        None,
        alias="GRAM_ES_METRICS_TOKEN",
        min_length=16,
        description="Bearer token for `/metrics`. If not set, `/metrics` is closed unless "
        "`GRAM_ES_OPEN_METRICS` opens it.",
    )
    metrics_are_public: bool = Field(
        False,
        alias="GRAM_ES_OPEN_METRICS",
        description="Whether everyone who can reach the service may read `/metrics` without a "
        "token.",
    )

    image_hosts: ImageHosts = Field(
        (),
        alias="GRAM_ES_IMAGE_HOSTS",
        max_length=20,
        description="Hosts from which the pages show pictures of products (`image_link`), "
        "separated by commas, such as `cdn.example.com,*.shop.example`. `*.` stands for all "
        "subdomains. Pictures must have an `https` address. The browser of everyone who opens a "
        "page connects to these hosts. If not set, the pages show no pictures.",
        json_schema_extra={"default_in_words": "none"},
    )

    cors_origins: Origins = Field(
        (),
        alias="GRAM_ES_CORS_ORIGINS",
        max_length=20,
        description="Origins whose pages may call `/search`, `/suggest` and `/instantsearch` from "
        "a browser (CORS), separated by commas, such as `https://shop.example`. Each is exact: "
        "scheme, host and port, without wildcards or paths. Browsers send no cookies along. If "
        "not set, only pages of the service's own origin may.",
        json_schema_extra={"default_in_words": "none"},
    )

    window_size: int = Field(
        WINDOW,
        alias="GRAM_ES_WINDOW",
        ge=10,
        le=10_000,
        description="Size of the result window: the products that Elasticsearch retrieves for a "
        "search and the service reranks; 30 % of it for pages within its first 5 %, and half of it "
        "for pages within its first quarter. A larger window finds more and takes longer.",
    )
    deadline_ms: float = Field(
        1_000.0,
        alias="GRAM_ES_DEADLINE_MS",
        ge=50,
        description="Time budget of one search in milliseconds, its wait in the queue included. A "
        "stage that would exceed it is skipped, and the response reports it in `degraded`.",
    )
    spelling: bool = Field(
        True,
        alias="GRAM_ES_SPELLING",
        description="Whether searches correct the spelling of queries, and also search words that "
        "the catalogue joins or parts, such as `head phones`. With `false`, every query is "
        "searched only as typed.",
    )

    log_format: Literal["text", "json"] = Field(
        "text",
        alias="GRAM_ES_LOG",
        description="Format of the service's log: plain text, or one JSON object per line and one "
        "line per request.",
    )
    log_queries: bool = Field(
        False,
        alias="GRAM_ES_LOG_QUERIES",
        description="Whether the service's log contains the text of queries.",
    )
    query_log_share: float = Field(
        0.0,
        alias="GRAM_ES_QUERY_LOG",
        ge=0,
        le=1,
        description="Share of searches that the service records in the index `gram-es-queries`, "
        "without IP address or session. Queries with an e-mail address or a number of seven digits "
        "or more are recorded without their text; names of persons are not recognised.",
    )

    otlp_endpoint: str | None = Field(
        None,
        alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        repr=False,
        description="URL of an OpenTelemetry collector, such as `http://localhost:4318`, to which "
        "the service, `ingest` and workers send traces and metrics by OTLP over HTTP. Needs the "
        "extra `telemetry`. If not set, none are recorded. OpenTelemetry's variables of the "
        "resource (`OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`), of the sampler "
        "(`OTEL_TRACES_SAMPLER`), of limits and batches, and of the exporter "
        "(`OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`) have their usual "
        "effects, but `OTEL_EXPORTER_OTLP_PROTOCOL` has none, and no other variable switches "
        "telemetry on.",
    )
    traces_exporter: str = Field(
        "otlp",
        alias="OTEL_TRACES_EXPORTER",
        description="With `none`, no traces are sent to the collector; with any other value they "
        "are.",
    )
    metrics_exporter: str = Field(
        "otlp",
        alias="OTEL_METRICS_EXPORTER",
        description="With `none`, no metrics are sent to the collector; with any other value they "
        "are.",
    )
    telemetry_is_off: bool = Field(
        False,
        alias="OTEL_SDK_DISABLED",
        description="Switches telemetry off although a collector is set.",
    )

    kibana_url: str | None = Field(
        None,
        alias="KIBANA_URL",
        repr=False,
        description="URL of Kibana, for `gram-es kibana install`.",
    )
    kibana_api_key: SecretStr | None = Field(
        None,
        alias="KIBANA_API_KEY",
        description="API key for Kibana, in its encoded form.",
    )

    @field_validator("image_hosts", "cors_origins", mode="before")
    @classmethod
    def _split_hosts(cls, hosts: object) -> object:
        return hosts.lower().replace(",", " ").split() if isinstance(hosts, str) else hosts

    @property
    def model_folder(self) -> Path:
        """The folder of the model: ``GRAM_ES_MODEL``, else ``model`` in the cache folder."""
        return self.model_dir or self.cache_dir / "model"


SECTIONS: Final = {
    "ELASTICSEARCH_URL": "Cluster",
    "GRAM_ES_MODEL": "Model and cache",
    "GRAM_ES_BROKER_URL": "Ingest",
    "GRAM_ES_FEED_MAPPING": "Feeds",
    "GRAM_ES_HOST": "Service",
    "GRAM_ES_WINDOW": "Search",
    "GRAM_ES_LOG": "Logs",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "Telemetry",
    "KIBANA_URL": "Kibana",
}
"""The sections of the configuration reference, each by its first variable."""


def read_settings() -> Settings:
    """Read the environment variables.

    :raises SettingsError: if values are invalid; the message names each variable concerned.
    """
    try:
        return Settings()
    except ValidationError as error:
        errors = "; ".join(map(_describe_error, error.errors(include_url=False)))
        raise SettingsError(f"environment variables have invalid values: {errors}") from None


def _describe_error(error: ErrorDetails) -> str:
    """Return a message with the variable, its value (left out if secret) and the error."""
    name = str(error["loc"][0])
    printable = {
        str(field.alias) for field in Settings.model_fields.values() if _is_safe_to_print(field)
    }
    value = f"={error['input']!r}" if name in printable else ""
    return f"{name}{value}: {error['msg'].lower()}"


def _is_safe_to_print(field: FieldInfo) -> bool:
    return field.repr and SecretStr not in get_args(field.annotation)


@lru_cache(maxsize=1)
def current_settings() -> Settings:
    """Return the process's settings, read from the environment at the first call."""
    return read_settings()
