"""Create the Flask application with its endpoints, pages and error responses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Flask
from flask.json.provider import DefaultJSONProvider

import gram_es
from gram_es.retrieval.model_switch import ModelSwitch
from gram_es.retrieval.searcher import Searcher
from query_api.api import admin as admin_api
from query_api.api import ops, own_query, search
from query_api.http import admission, context, cors, headers, metrics, problems, tracing
from query_api.http.options import Options
from query_api.instantsearch import endpoint as instantsearch
from query_api.pages import catalogue_pages, search_page
from query_api.query_log import QueryLog
from query_api.query_outbox import QueryOutbox

_MAX_BODY_BYTES: Final = 16_384
_STATIC_MAX_AGE_S: Final = 3_600
_DEFAULT_OPTIONS: Final = Options()


class _PlainJson(DefaultJSONProvider):
    """Writes JSON with its fields in the documented order and non-ASCII letters unescaped."""

    sort_keys = False
    ensure_ascii = False


def create_app(
    searcher: ModelSwitch | Searcher,
    overrides: Mapping[str, Any] | None = None,
    *,
    admin: admin_api.Admin | None = None,
    options: Options = _DEFAULT_OPTIONS,
    query_log: QueryLog | None = None,
    query_outbox: QueryOutbox | None = None,
) -> Flask:
    """Return the Flask application; its endpoints search with ``searcher``.

    :param overrides: Flask settings for tests, not overrides of codes. They take precedence over
        the settings that this function makes.
    :param admin: the token and the service for ``/admin``; if ``None``, these paths do not exist.
    :param options: the limits that each process applies, and what the service reports.
    :param query_log: the log that receives every search and stores a sample of the searches.
    :param query_outbox: what sends queries to the workers with a language model.
    """
    app = Flask("query_api")
    app.json = _PlainJson(app)
    app.config.from_mapping(
        MAX_CONTENT_LENGTH=_MAX_BODY_BYTES, SEND_FILE_MAX_AGE_DEFAULT=_STATIC_MAX_AGE_S
    )
    app.config.from_mapping(overrides or {})
    app.jinja_env.globals["version"] = gram_es.__version__
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    tracing.register(app)
    context.register(app, searcher, options, query_log, query_outbox)
    headers.register(app, options.image_hosts)
    cors.register(app, options.cors_origins)
    metrics.register(app)
    admission.register(app, options)
    problems.register(app)
    for blueprint in (
        search.blueprint,
        own_query.blueprint,
        instantsearch.blueprint,
        search_page.blueprint,
        catalogue_pages.blueprint,
    ):
        app.register_blueprint(blueprint)
    ops.register(app, options)
    if admin is not None:
        admin_api.register(app, admin)
    return app


def compile_pages(app: Flask) -> None:
    """Compile the templates of all pages, so that no shopper waits for it."""
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)
