import json
import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner

from gram_es.cli import main
from gram_es.errors import KibanaError
from gram_es.index.kibana import ImportReport, import_objects
from gram_es.settings import current_settings
from mappings import saved_objects


class ImportHandler(BaseHTTPRequestHandler):
    """A substitute for Kibana that implements its import API as Kibana's manual documents it."""

    server: "KibanaServer"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["kbn-xsrf"] is None:
            return self.answer(400, {"message": "Request must contain a kbn-xsrf header."})
        if self.server.key and self.headers["Authorization"] != f"ApiKey {self.server.key}":
            return self.answer(401, {"message": "unable to authenticate user"})
        space = "" if self.path.startswith("/api/") else "/" + self.path.split("/")[2]
        if self.path.removeprefix(f"/s{space}") != "/api/saved_objects/_import?overwrite=true":
            return self.answer(404, {"message": "Not Found"})
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        (part,) = message_from_bytes(head + body, policy=HTTP).iter_parts()
        file = (part.get_param("name", header="content-disposition"), part.get_filename())
        if file != ("file", "gram-es.ndjson"):
            return self.answer(400, {"message": f"Invalid file {file}"})
        objects = [json.loads(line) for line in part.get_payload(decode=True).splitlines()]
        self.server.objects = objects
        return self.answer(*self.server.reply(objects, space))

    def answer(self, status: int, body: dict[str, object]) -> None:
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Log nothing."""


class KibanaServer(ThreadingHTTPServer):
    key: str | None = None
    error: dict[str, object] | None = None
    status = 200
    objects: list[dict[str, object]] | None = None

    def reply(self, objects: list[dict[str, object]], space: str) -> tuple[int, dict[str, object]]:
        if self.status != 200:
            return self.status, {"statusCode": self.status, "message": "because"}
        imported = [
            {"type": o["type"], "id": o["id"], "meta": {}}
            | ({"destinationId": f"{o['id']}-2"} if space else {})
            for o in objects
        ]
        if self.error is None:
            return 200, {"success": True, "successCount": len(imported), "successResults": imported}
        fault = {"type": "dashboard", "id": "gram-es-codes", "meta": {}, "error": self.error}
        return 200, {"success": False, "successCount": 0, "errors": [fault]}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def kibana() -> Iterator[KibanaServer]:
    with KibanaServer(("127.0.0.1", 0), ImportHandler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_every_saved_object_is_sent_and_the_dashboards_address_returned(
    kibana: KibanaServer,
) -> None:
    report = import_objects(saved_objects(), url=f"{kibana.url}/")

    assert report == ImportReport(8, (f"{kibana.url}/app/dashboards#/view/gram-es-codes",))
    assert kibana.objects is not None
    assert [o["type"] for o in kibana.objects] == [
        *("tag", "index-pattern", "search", "index-pattern", "index-pattern", "index-pattern"),
        *("search", "dashboard"),
    ]


def test_in_a_space_the_address_has_the_id_that_kibana_assigned(kibana: KibanaServer) -> None:
    report = import_objects(saved_objects(), url=kibana.url, space="shop")

    assert report.dashboards == (f"{kibana.url}/s/shop/app/dashboards#/view/gram-es-codes-2",)


def test_the_key_is_sent(kibana: KibanaServer) -> None:
    kibana.key = "abc"

    assert import_objects(saved_objects(), url=kibana.url, api_key="abc").imported == 8
    with pytest.raises(KibanaError, match=r"401 \(unable to auth.* KIBANA_API_KEY"):
        import_objects(saved_objects(), url=kibana.url, api_key="false")


def test_a_failed_object_is_an_error_although_the_status_is_200(kibana: KibanaServer) -> None:
    missing = [{"type": "index-pattern", "id": "gram-es-products"}]
    kibana.error = {"type": "missing_references", "references": missing}

    with pytest.raises(
        KibanaError,
        match=r"dashboard gram-es-codes: missing_references \(index-pattern gram-es-products\)",
    ):
        import_objects(saved_objects(), url=kibana.url)


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (403, "right to manage saved objects"),
        (404, "correct KIBANA_URL"),
        (413, "maxImportPayloadBytes"),
        (422, "Kibana 8.19 or newer"),
        (500, "Kibana's log"),
    ],
)
def test_an_error_answer_is_reported_with_its_remedy(
    kibana: KibanaServer, status: int, remedy: str
) -> None:
    kibana.status = status

    with pytest.raises(KibanaError, match=rf"answered {status} \(because\); .*{remedy}"):
        import_objects(saved_objects(), url=kibana.url)


def test_a_wrong_address_is_an_error(kibana: KibanaServer) -> None:
    with pytest.raises(KibanaError, match=r"answered 404 .*base path"):
        import_objects(saved_objects(), url=f"{kibana.url}/a/b")


def test_an_unreachable_kibana_is_an_error() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    with pytest.raises(KibanaError, match=r"cannot reach .*refused.*check KIBANA_URL"):
        import_objects(saved_objects(), url=f"http://127.0.0.1:{port}")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A monkeypatch for environment variables; the cached settings are cleared around the test."""
    for variable in ("KIBANA_URL", "KIBANA_API_KEY", "GRAM_ES_INDEX"):
        monkeypatch.delenv(variable, raising=False)
    current_settings.cache_clear()
    yield monkeypatch
    current_settings.cache_clear()


def test_the_command_prints_the_dashboards_address(
    kibana: KibanaServer, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("KIBANA_URL", kibana.url)

    result = CliRunner().invoke(main, ["kibana", "install"])

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "8 saved objects imported",
        f"{kibana.url}/app/dashboards#/view/gram-es-codes",
    ]


def test_the_command_without_a_kibana_names_the_variable(
    environment: pytest.MonkeyPatch,
) -> None:
    result = CliRunner().invoke(main, ["kibana", "install"])

    assert (result.exit_code, result.stdout) == (2, "")
    assert "set KIBANA_URL or give --url" in result.stderr


def test_export_names_the_index_of_the_settings(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("GRAM_ES_INDEX", "shoes")

    printed = CliRunner().invoke(main, ["kibana", "export"])
    CliRunner().invoke(main, ["kibana", "export", "--out", str(tmp_path / "o.ndjson")])

    objects = [json.loads(line) for line in printed.stdout.splitlines()]
    titles = [o["attributes"]["title"] for o in objects if o["type"] == "index-pattern"]
    assert titles == ["shoes", "gram-es-queries", "gram-es-ledger", "gram-es-dead"]
    assert (tmp_path / "o.ndjson").read_text() == printed.stdout
