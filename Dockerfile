# Switchyard, built from its wheel: docker build -t switchyard .
# How to run it: docs/operations/container.md

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src

# The dependencies first: they change more rarely than the code, so that a rebuild reuses this layer.
COPY requirements/base.txt requirements/build.txt requirements/
RUN python -m venv /opt/switchyard \
    && /opt/switchyard/bin/pip install --require-hashes -r requirements/base.txt
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --require-hashes -r requirements/build.txt

COPY pyproject.toml README.md LICENSE ./
COPY docs docs
COPY engine engine
COPY pieces pieces
COPY sample_flows sample_flows
COPY ui ui
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && /opt/switchyard/bin/pip install --no-deps dist/*.whl
RUN install -d -m 0700 /var/lib/switchyard


FROM python:3.11-slim-bookworm
COPY --from=build /opt/switchyard /opt/switchyard
# A volume that is mounted here for the first time gets this owner and mode.
COPY --from=build --chown=10001:10001 /var/lib/switchyard /var/lib/switchyard
ENV PATH=/opt/switchyard/bin:$PATH \
    SWITCHYARD_DATA_DIR=/var/lib/switchyard \
    SWITCHYARD_HOST=0.0.0.0
USER 10001:10001
WORKDIR /var/lib/switchyard
VOLUME /var/lib/switchyard
EXPOSE 8000
# Whether the process answers. /readyz also fails while a disk is full, which a restart does not cure.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ.get('SWITCHYARD_PORT', 8000)}/healthz\", timeout=4)"]
ENTRYPOINT ["switchyard"]
CMD ["serve"]
