"""The environment, read once into a frozen ``Settings``; every variable that gram-es knows."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

import platformdirs
from pydantic import Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from gram_es.errors import SettingsError
from gram_es.retrieval.request import WINDOW
from gram_es.text.languages import ENGLISH, Language


def default_cache_dir() -> Path:
    """Return where downloads, the local node and models lie unless ``GRAM_ES_CACHE_DIR`` is set.

    Root's home is closed to the unprivileged user that Elasticsearch runs as, so root gets a
    folder whose parents everybody may pass.
    """
    if os.geteuid() == 0:
        return Path("/var/cache/gram-es")
    return Path(platformdirs.user_cache_dir("gram-es"))


class Settings(BaseSettings):
    """Every setting with its default; one environment variable each, named by its alias.

    Addresses may hold passwords, so that they are no part of its ``repr``, as the keys are not.
    """

    # Not by the fields' own names: HOST and PORT stand in many an environment.
    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    elasticsearch_url: str | None = Field(None, alias="ELASTICSEARCH_URL", repr=False)
    elasticsearch_api_key: SecretStr | None = Field(None, alias="ELASTICSEARCH_API_KEY")
    elasticsearch_ca_file: Path | None = Field(None, alias="ELASTICSEARCH_CA_FILE")
    elasticsearch_timeout_s: float = Field(30.0, alias="GRAM_ES_ELASTICSEARCH_TIMEOUT", gt=0)
    kibana_url: str | None = Field(None, alias="KIBANA_URL", repr=False)
    kibana_api_key: SecretStr | None = Field(None, alias="KIBANA_API_KEY")

    cache_dir: Path = Field(default_factory=default_cache_dir, alias="GRAM_ES_CACHE_DIR")
    model_dir: Path | None = Field(None, alias="GRAM_ES_MODEL")
    language: Language = Field(ENGLISH, alias="GRAM_ES_LANGUAGE")
    index: str = Field("products-gram", alias="GRAM_ES_INDEX", pattern=r"^[a-z][a-z0-9-]*$")

    broker_url: str = Field("filesystem://", alias="GRAM_ES_BROKER_URL", repr=False)
    batch_size: int = Field(1_000, alias="GRAM_ES_BATCH_SIZE", ge=1, le=5_000)
    batches_ahead: int = Field(16, alias="GRAM_ES_BATCHES_AHEAD", ge=1, le=1_000)
    lease_s: float = Field(60.0, alias="GRAM_ES_LEASE", ge=1)
    most_deleted: float = Field(0.1, alias="GRAM_ES_MOST_DELETED", ge=0, le=1)

    feed_bytes: int = Field(4 << 30, alias="GRAM_ES_FEED_BYTES", ge=1)
    feed_s: float = Field(1_800.0, alias="GRAM_ES_FEED_SECONDS", gt=0)
    feed_mapping: Path | None = Field(None, alias="GRAM_ES_FEED_MAPPING")
    feed_private: bool = Field(False, alias="GRAM_ES_FEED_PRIVATE")

    host: str = Field("127.0.0.1", alias="GRAM_ES_HOST")
    port: int = Field(8080, alias="GRAM_ES_PORT", ge=0, le=65_535)
    window: int = Field(WINDOW, alias="GRAM_ES_WINDOW", ge=10, le=10_000)
    admin_token: SecretStr | None = Field(None, alias="GRAM_ES_ADMIN_TOKEN", min_length=16)
    threads: int = Field(0, alias="GRAM_ES_THREADS", ge=0)

    deadline_ms: float = Field(1_000.0, alias="GRAM_ES_DEADLINE_MS", ge=50)
    rate: int = Field(0, alias="GRAM_ES_RATE", ge=0)
    open_metrics: bool = Field(False, alias="GRAM_ES_OPEN_METRICS")
    log_format: Literal["text", "json"] = Field("text", alias="GRAM_ES_LOG")
    log_queries: bool = Field(False, alias="GRAM_ES_LOG_QUERIES")
    query_log: float = Field(0.0, alias="GRAM_ES_QUERY_LOG", ge=0, le=1)

    @property
    def model_folder(self) -> Path:
        """Return the folder of the model: the one that is named, else the cache's own."""
        return self.model_dir or self.cache_dir / "model"


def read_settings() -> Settings:
    """Read the environment.

    :raises SettingsError: naming each variable whose value cannot be used.
    """
    try:
        return Settings()
    except ValidationError as error:
        faults = "; ".join(map(_told, error.errors(include_url=False)))
        raise SettingsError(f"the environment holds values that cannot be used: {faults}") from None


def _told(fault: ErrorDetails) -> str:
    """Name the variable and what is wrong with its value, which is shown unless it is a secret."""
    name = str(fault["loc"][0])
    shown = {str(field.alias) for field in Settings.model_fields.values() if _may_be_shown(field)}
    value = f"={fault['input']!r}" if name in shown else ""
    return f"{name}{value}: {fault['msg'].lower()}"


def _may_be_shown(field: FieldInfo) -> bool:
    return field.repr and SecretStr not in get_args(field.annotation)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the process's settings, read from the environment at the first call."""
    return read_settings()
