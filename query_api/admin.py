"""``/admin/overrides``: set and lift overrides over HTTP; closed unless there is a token."""

from __future__ import annotations

from dataclasses import dataclass
from hmac import compare_digest
from http import HTTPStatus
from typing import Any, Final, cast

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from pydantic import SecretStr
from werkzeug.exceptions import BadRequest

from gram_es.errors import OverrideError
from gram_es.index.client import connect
from gram_es.overrides.rules import make_override
from gram_es.overrides.setting import Desk, Settled
from gram_es.settings import Settings
from query_api.problems import problem

blueprint = Blueprint("admin", __name__, url_prefix="/admin/overrides")

_EXTENSION: Final = "gram-es-admin"
_FILTERS: Final = ("kind", "product_id", "query", "code")


@dataclass(frozen=True)
class Admin:
    """Who may set overrides, and where; the desk's client needs the role ``gram-es-admin``."""

    token: SecretStr
    desk: Desk


def open_admin(settings: Settings) -> Admin | None:
    """Return who may set overrides over HTTP, or nobody where there is no token.

    :raises ClusterError: when there is no cluster to connect to.
    """
    if settings.admin_token is None:
        return None
    return Admin(settings.admin_token, Desk(connect(settings), settings.index))


def register(app: Flask, admin: Admin) -> None:
    """Open the endpoints for whoever knows the token."""
    app.extensions[_EXTENSION] = admin
    app.register_blueprint(blueprint)


def _admin() -> Admin:
    return cast(Admin, current_app.extensions[_EXTENSION])


@blueprint.before_request
def _let_in() -> Response | None:
    """Refuse who does not know the token; the comparison takes as long whatever is wrong."""
    given = request.authorization
    token = (given.token or "") if given is not None and given.type == "bearer" else ""
    known = _admin().token.get_secret_value()
    if compare_digest(token.encode("utf-8", "replace"), known.encode()):
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
    """Answer the overrides whose fields are as the parameters say."""
    unknown = [name for name in request.args if name not in _FILTERS]
    if unknown:
        raise OverrideError(f"there is no filter {unknown[0]!r}; known: {', '.join(_FILTERS)}")
    found = [one.to_json() for one in _admin().desk.store.read()]
    wanted = request.args.items()
    shown = [one for one in found if all(one.get(name) == value for name, value in wanted)]
    return jsonify(overrides=shown)


@blueprint.get("/<override_id>")
def get_override(override_id: str) -> Response:
    """Answer one override by its id."""
    (found,) = _admin().desk.store.find([override_id])
    return jsonify(found.to_json())


@blueprint.put("")
def put_override() -> Response:
    """Set the override that the body describes; the answer comes once the index obeys it."""
    return _settled(_admin().desk.set([make_override(_body())]))


@blueprint.delete("/<override_id>")
def delete_override(override_id: str) -> Response:
    """Lift an override; the answer comes once the index obeys."""
    return _settled(_admin().desk.lift([override_id]))


def _body() -> dict[str, Any]:
    try:
        given = request.get_json()
    except RecursionError:
        raise BadRequest("the body is nested too deeply") from None
    if not isinstance(given, dict):
        raise OverrideError("the body is no JSON object; write {'kind': 'ban', 'code': ...}")
    return given


def _settled(settled: Settled) -> Response:
    (one,) = settled.overrides
    return jsonify(override=one.to_json(), products=settled.products)
