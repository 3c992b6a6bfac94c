"""Kibana's saved objects: sent to a Kibana, and its answer in words of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema

from gram_es.cluster.client import without_password
from gram_es.errors import KibanaError

FILE_NAME = "gram-es.ndjson"
_TIMEOUT_S = 60.0
_MAX_FAULTS = 5
_REMEDIES = {
    401: "set or correct KIBANA_API_KEY",
    403: "give the role of KIBANA_API_KEY the right to manage saved objects in that space",
    404: "correct KIBANA_URL (its base path included) or --space",
    413: "raise Kibana's savedObjects.maxImportPayloadBytes",
    422: "Kibana 8.19 or newer is needed",
}


@dataclass(frozen=True)
class ImportReport:
    """What Kibana took; ``dashboards`` are their addresses."""

    imported: int
    dashboards: tuple[str, ...]


def import_objects(
    ndjson: str, *, url: str, api_key: str | None = None, space: str | None = None
) -> ImportReport:
    """Send saved objects to the Kibana at ``url``; those of the same id are overwritten.

    :param space: the id of a Kibana space; the default one if ``None``.
    :raises KibanaError: if it cannot be reached, or refuses any of them.
    """
    base = url.rstrip("/") + (f"/s/{space}" if space else "")
    answer = _post(f"{base}/api/saved_objects/_import", ndjson, api_key=api_key)
    if not answer.get("success"):
        raise KibanaError(f"Kibana did not take every saved object: {_faults(answer)}")
    taken = answer.get("successResults", [])
    # In a second space Kibana gives an object a new id and says so.
    ids = [o.get("destinationId") or o["id"] for o in taken if o["type"] == "dashboard"]
    return ImportReport(
        imported=int(answer.get("successCount", len(taken))),
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
            "KIBANA_URL cannot be read; write it as https://kibana.example.com:5601, "
            "with / : ? # @ % in a password as %2F %3A %3F %23 %40 %25"
        ) from None
    except requests.RequestException as error:
        shown = without_password(address)
        raise KibanaError(f"cannot reach {shown} ({_root(error)}); check KIBANA_URL") from error
    return _read(response)


def _root(error: requests.RequestException) -> str:
    """Return the last link of a chain such as "pool: max retries: connection refused"."""
    return str(error).rpartition(": ")[2].rstrip("\"')")


def _read(response: requests.Response) -> dict[str, Any]:
    """Return the body of a good answer.

    :raises KibanaError: for any other.
    """
    address = without_password(str(response.request.url))
    if response.is_redirect:
        target = response.headers["Location"]
        raise KibanaError(f"{address} leads on to {target}; set KIBANA_URL to where Kibana is")
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
        raise KibanaError(f"{address} does not answer like Kibana; check KIBANA_URL")
    return body


def _faults(answer: dict[str, Any]) -> str:
    errors = answer.get("errors", [])
    shown = [f"{e['type']} {e['id']}: {_cause(e.get('error', {}))}" for e in errors[:_MAX_FAULTS]]
    more = [f"and {len(errors) - _MAX_FAULTS} more"] if len(errors) > _MAX_FAULTS else []
    return "; ".join([*shown, *more]) or "it gives no reason"


def _cause(error: dict[str, Any]) -> str:
    missing = ", ".join(f"{r['type']} {r['id']}" for r in error.get("references", []))
    detail = error.get("message") or missing
    return f"{error.get('type', 'unknown')}" + (f" ({detail})" if detail else "")
