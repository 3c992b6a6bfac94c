"""Import saved objects into Kibana and convert its errors to ``KibanaError``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema

from gram_es.cluster.client import without_password
from gram_es.errors import KibanaError

FILE_NAME = "gram-es.ndjson"
_TIMEOUT_S = 60.0
_MAX_ERRORS = 5
_REMEDIES = {
    401: "set or correct KIBANA_API_KEY",
    403: "give the role of KIBANA_API_KEY the right to manage saved objects in that space",
    404: "correct KIBANA_URL (its base path included) or --space",
    413: "raise Kibana's savedObjects.maxImportPayloadBytes",
    422: "Kibana 8.19 or newer is needed",
}


@dataclass(frozen=True)
class ImportReport:
    """The number of imported objects, and the addresses of the imported dashboards."""

    imported: int
    dashboards: tuple[str, ...]


def import_objects(
    ndjson: str, *, url: str, api_key: str | None = None, space: str | None = None
) -> ImportReport:
    """Import saved objects into the Kibana at ``url``; existing objects are overwritten.

    :param space: the id of a Kibana space; the default space if ``None``.
    :raises KibanaError: if Kibana cannot be reached, or rejects any of the objects.
    """
    base = url.rstrip("/") + (f"/s/{space}" if space else "")
    answer = _post(f"{base}/api/saved_objects/_import", ndjson, api_key=api_key)
    if not answer.get("success"):
        raise KibanaError(
            f"Kibana rejected saved objects: {_describe_errors(answer)}; check Kibana's log"
        )
    imported = answer.get("successResults", [])
    # If an object exists in another space, Kibana gives the new one another id, "destinationId".
    ids = [o.get("destinationId") or o["id"] for o in imported if o["type"] == "dashboard"]
    return ImportReport(
        imported=int(answer.get("successCount", len(imported))),
        dashboards=tuple(
            f"{without_password(base)}/app/dashboards#/view/{identifier}" for identifier in ids
        ),
    )


def _post(address: str, ndjson: str, *, api_key: str | None) -> dict[str, Any]:
    headers = {"kbn-xsrf": "true"}
    if api_key:
        headers["Authorization"] = f"ApiKey {api_key}"
    file = (FILE_NAME, ndjson.encode("utf-8"), "application/ndjson")
    try:
        response = requests.post(
            address,
            params={"overwrite": "true"},
            headers=headers,
            files={"file": file},
            timeout=_TIMEOUT_S,
            allow_redirects=False,  # a redirected POST becomes a GET
        )
    except requests.exceptions.SSLError as error:
        raise KibanaError(
            f"no secure connection to {without_password(address)} ({error}); "
            "set REQUESTS_CA_BUNDLE to the authority that signed Kibana's certificate"
        ) from error
    except (InvalidSchema, InvalidURL, MissingSchema):
        raise KibanaError(
            "KIBANA_URL cannot be parsed; write it as https://kibana.example.com:5601, "
            "with / : ? # @ % in a password as %2F %3A %3F %23 %40 %25"
        ) from None
    except requests.RequestException as error:
        reason = _root_cause(error)
        raise KibanaError(
            f"cannot reach {without_password(address)} ({reason}); check KIBANA_URL"
        ) from error
    return _read(response)


def _root_cause(error: requests.RequestException) -> str:
    """Return the last part of the message, such as ``refused`` of ``pool: retries: refused``."""
    return str(error).rpartition(": ")[2].rstrip("\"')")


def _read(response: requests.Response) -> dict[str, Any]:
    """Return the body of a successful answer.

    :raises KibanaError: if Kibana answered with an error, or the server is not Kibana.
    """
    address = without_password(str(response.request.url))
    if response.is_redirect:
        target = response.headers["Location"]
        raise KibanaError(f"{address} redirects to {target}; set KIBANA_URL to Kibana's address")
    try:
        body = response.json()
    except requests.JSONDecodeError:
        body = None
    if response.status_code != 200:
        message = body.get("message") if isinstance(body, dict) else None
        remedy = _REMEDIES.get(response.status_code, "check KIBANA_URL and Kibana's log")
        reason = message or response.reason
        raise KibanaError(f"{address} answered {response.status_code} ({reason}); {remedy}")
    if not isinstance(body, dict) or "success" not in body:
        raise KibanaError(f"the server at {address} is not Kibana; check KIBANA_URL")
    return body


def _describe_errors(answer: dict[str, Any]) -> str:
    errors = answer.get("errors", [])
    shown = [f"{e['type']} {e['id']}: {_cause(e.get('error', {}))}" for e in errors[:_MAX_ERRORS]]
    more = [f"and {len(errors) - _MAX_ERRORS} more"] if len(errors) > _MAX_ERRORS else []
    return ", ".join([*shown, *more]) or "it gives no reason"


def _cause(error: dict[str, Any]) -> str:
    missing = ", ".join(f"{r['type']} {r['id']}" for r in error.get("references", []))
    detail = error.get("message") or missing
    return f"{error.get('type', 'unknown')}" + (f" ({detail})" if detail else "")
