"""``/admin``: overrides by HTTP and by the form of a product; closed unless there is a token."""

from __future__ import annotations

from dataclasses import dataclass
from hmac import compare_digest
from http import HTTPStatus
from typing import Any, Final, cast

from flask import Blueprint, Flask, Response, current_app, jsonify, redirect, request
from pydantic import SecretStr
from werkzeug.exceptions import BadRequest

from gram_es.cluster.client import connect
from gram_es.errors import OverrideError
from gram_es.overrides.rules import make_override
from gram_es.overrides.service import Desk, Settled
from gram_es.settings import Settings
from query_api.http.context import current_searcher
from query_api.http.problems import problem
from query_api.pages.urls import product_url

blueprint = Blueprint("admin", __name__, url_prefix="/admin/overrides")
forms = Blueprint("admin_forms", __name__)

_EXTENSION: Final = "gram-es-admin"
_FILTERS: Final = ("kind", "product_id", "query", "code")


@dataclass(frozen=True)
class Admin:
    """The token for overrides and what sets them; its client needs the role ``gram-es-admin``."""

    token: SecretStr
    desk: Desk

    def accepts(self, token: str) -> bool:
        """Return whether ``token`` is right, in constant time for wrong ones."""
        expected = self.token.get_secret_value()
        return compare_digest(token.encode("utf-8", "replace"), expected.encode())


def open_admin(settings: Settings) -> Admin | None:
    """Return access to overrides over HTTP, or ``None`` where there is no token.

    :raises ClusterError: when there is no cluster to connect to.
    """
    if settings.admin_token is None:
        return None
    return Admin(settings.admin_token, Desk(connect(settings), settings.index))


def register(app: Flask, admin: Admin) -> None:
    """Register the endpoints, which need the token."""
    app.extensions[_EXTENSION] = admin
    app.register_blueprint(blueprint)
    app.register_blueprint(forms)


def is_open() -> bool:
    """Return whether overrides can be set over HTTP, by those with the token."""
    return _EXTENSION in current_app.extensions


def _admin() -> Admin:
    return cast(Admin, current_app.extensions[_EXTENSION])


@blueprint.before_request
def _authorise() -> Response | None:
    """Reject requests without the token."""
    given = request.authorization
    token = (given.token or "") if given is not None and given.type == "bearer" else ""
    if _admin().accepts(token):
        return None
    detail = "give the token of GRAM_ES_ADMIN_TOKEN as Authorization: Bearer TOKEN"
    answer = problem(HTTPStatus.UNAUTHORIZED, detail)
    answer.headers["WWW-Authenticate"] = 'Bearer realm="gram-es"'
    return answer


@blueprint.after_request
def _keep_out_of_caches(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("")
def list_overrides() -> Response:
    """Return the overrides whose fields have the values of the parameters."""
    unknown = [name for name in request.args if name not in _FILTERS]
    if unknown:
        raise OverrideError(f"there is no filter {unknown[0]!r}; known: {', '.join(_FILTERS)}")
    overrides = [one.to_json() for one in _admin().desk.store.read()]
    wanted = request.args.items()
    matching = [one for one in overrides if all(one.get(name) == v for name, v in wanted)]
    return jsonify(overrides=matching)


@blueprint.get("/<override_id>")
def get_override(override_id: str) -> Response:
    """Return one override by its id."""
    (override,) = _admin().desk.store.find([override_id])
    return jsonify(override.to_json())


@blueprint.put("")
def put_override() -> Response:
    """Set the override in the body; the response is sent once the index reflects it."""
    return _settled(_admin().desk.set([make_override(_body())]))


@blueprint.delete("/<override_id>")
def delete_override(override_id: str) -> Response:
    """Remove an override; the response is sent once the index reflects it."""
    return _settled(_admin().desk.lift([override_id]))


@forms.post("/admin/product")
def rule_product() -> Response:
    """Lock or ban a code of a product, or remove one of its rules; then show the product again.

    Each form sends the token: the service stores no session that another site could abuse.
    """
    form, admin = request.form, _admin()
    if not admin.accepts(form.get("token", "")):
        return problem(
            HTTPStatus.FORBIDDEN, "the token is wrong; give the one of GRAM_ES_ADMIN_TOKEN"
        )
    if "lift" in form:
        admin.desk.lift([form["lift"]])
    else:
        given = {name: form.get(name) for name in ("kind", "product_id", "code", "note", "by")}
        admin.desk.set([make_override(given)])
    current_searcher().refresh_overrides()
    page = product_url(form.get("product_id", ""))
    return cast(Response, redirect(page, HTTPStatus.SEE_OTHER))


def _body() -> dict[str, Any]:
    try:
        given = request.get_json()
    except RecursionError:
        raise BadRequest("the body is nested too deeply") from None
    if not isinstance(given, dict):
        raise OverrideError("the body is not a JSON object; write {'kind': 'ban', 'code': ...}")
    return given


def _settled(settled: Settled) -> Response:
    (one,) = settled.overrides
    return jsonify(override=one.to_json(), products=settled.products)
