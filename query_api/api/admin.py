"""``/admin``: change overrides over HTTP or with the form on a product's page; needs a token.

An override is a lock, a ban or a pin of a code (:mod:`gram_es.overrides.rules`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any, Final, cast

from flask import Blueprint, Flask, Response, current_app, jsonify, redirect, request
from pydantic import SecretStr

from gram_es.cluster.client import connect
from gram_es.errors import OverrideError
from gram_es.overrides.rules import make_override
from gram_es.overrides.service import OverrideChange, OverrideService
from gram_es.settings import Settings
from query_api.api.bodies import json_body
from query_api.http import audit
from query_api.http.admission import change_endpoint
from query_api.http.context import current_searcher
from query_api.http.problems import problem
from query_api.http.tokens import TokenGuard, bearer_token
from query_api.pages.urls import product_url

blueprint = Blueprint("admin", __name__, url_prefix="/admin/overrides")
forms = Blueprint("admin_forms", __name__)

_EXTENSION: Final = "gram-es-admin"
_FILTERS: Final = ("kind", "product_id", "query", "code")

audit.register(blueprint)
audit.register(forms)


@dataclass(frozen=True)
class Admin:
    """The token that clients must send, and the service that changes overrides.

    The service's Elasticsearch client needs the role ``gram-es-admin``.
    """

    token: SecretStr
    service: OverrideService

    @cached_property
    def guard(self) -> TokenGuard:
        """Return the guard that all requests of the process share."""
        return TokenGuard(self.token)

    def accepts(self, sent: str) -> bool:
        """Return whether the token that the current request sent is correct; note it for the audit.

        :raises OverloadedError: if the client has sent too many wrong tokens.
        """
        is_correct = self.guard.accepts(sent)
        audit.note_token(sent, is_correct=is_correct)
        return is_correct


def open_admin(settings: Settings) -> Admin | None:
    """Return the token and the service for ``/admin``, or ``None`` if the settings have no token.

    :raises ClusterError: if the cluster cannot be reached.
    """
    if settings.admin_token is None:
        return None
    audit.enable()
    return Admin(settings.admin_token, OverrideService(connect(settings), settings.index))


def register(app: Flask, admin: Admin) -> None:
    """Register the endpoints for overrides in ``app``."""
    app.extensions[_EXTENSION] = admin
    app.register_blueprint(blueprint)
    app.register_blueprint(forms)


def is_open() -> bool:
    """Return whether the current application lets clients set overrides over HTTP."""
    return _EXTENSION in current_app.extensions


def _admin() -> Admin:
    return cast(Admin, current_app.extensions[_EXTENSION])


@blueprint.before_request
def _authorise() -> Response | None:
    """Reject a request without the correct token; return ``None`` for any other request."""
    if _admin().accepts(bearer_token()):
        return None
    detail = (
        "the token is missing or wrong; send the value of GRAM_ES_ADMIN_TOKEN as "
        "Authorization: Bearer TOKEN"
    )
    response = problem(HTTPStatus.UNAUTHORIZED, detail)
    response.headers["WWW-Authenticate"] = 'Bearer realm="gram-es"'
    return response


@blueprint.after_request
def _forbid_caching(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("")
@change_endpoint
def list_overrides() -> Response:
    """Return the overrides that match the request's query parameters."""
    unknown = [name for name in request.args if name not in _FILTERS]
    if unknown:
        raise OverrideError(
            f"filter {unknown[0]!r} is unknown; choose one of {', '.join(_FILTERS)}"
        )
    overrides = [override.to_json() for override in _admin().service.store.read()]
    filters = request.args.items()
    matching = [
        override
        for override in overrides
        if all(override.get(name) == value for name, value in filters)
    ]
    return jsonify(overrides=matching)


@blueprint.get("/<override_id>")
@change_endpoint
def get_override(override_id: str) -> Response:
    """Return the override with this id."""
    (override,) = _admin().service.store.find([override_id])
    return jsonify(override.to_json())


@blueprint.put("")
@change_endpoint
def put_override() -> Response:
    """Set the override that the body describes; respond after the index has been updated."""
    return _change_response(_admin().service.set([make_override(_body())]))


@blueprint.delete("/<override_id>")
@change_endpoint
def delete_override(override_id: str) -> Response:
    """Remove the override with this id; respond after the index has been updated."""
    return _change_response(_admin().service.remove([override_id]))


@forms.post("/admin/product")
@change_endpoint
def change_product() -> Response:
    """Apply the form on a product's page, then redirect to that page.

    The form locks or bans a code of the product, or removes one of the product's overrides. Each
    submission contains the token. There are no login sessions, because other sites could abuse
    them.
    """
    form, admin = request.form, _admin()
    if not admin.accepts(form.get("token", "")):
        return problem(
            HTTPStatus.FORBIDDEN, "the token is wrong; enter the value of GRAM_ES_ADMIN_TOKEN"
        )
    if "remove" in form:
        change = admin.service.remove([form["remove"]])
    else:
        fields = {name: form.get(name) for name in ("kind", "product_id", "code", "note", "by")}
        change = admin.service.set([make_override(fields)])
    audit.note_changes(change.overrides)
    current_searcher().refresh_overrides()
    page = product_url(form.get("product_id", ""))
    return cast(Response, redirect(page, HTTPStatus.SEE_OTHER))


def _body() -> dict[str, Any]:
    body = json_body()
    if not isinstance(body, dict):
        raise OverrideError(
            'the body is not a JSON object; send one such as {"kind": "ban", "code": "gift"}'
        )
    return body


def _change_response(change: OverrideChange) -> Response:
    (override,) = change.overrides
    audit.note_changes(change.overrides)
    return jsonify(override=override.to_json(), products=change.products)
