# Two images from one file; compose.yaml builds and runs them.
#   docker build --target bot -t mazok-bot .                              no torch, no models
#   docker build --target engine --build-arg TORCH=cpu -t mazok-engine .
# TORCH: cpu, cu12 (older drivers and cards) or cu13. Both images run as user 1000 and write to
# /data alone, which they share; --read-only --tmpfs /tmp works.

FROM python:3.11-slim AS venv
ENV PATH=/venv/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /source
RUN python -m venv /venv
# The dependencies, in layers that a change of the source leaves alone.
COPY constraints.txt pyproject.toml ./
COPY deploy/requirements.py deploy/requirements.py

FROM venv AS bot-installed
RUN python deploy/requirements.py cluster proxy > requirements.txt \
    && pip install -c constraints.txt -r requirements.txt
COPY . .
# The weights are the engine's.
RUN rm -f engine/pocket/*.safetensors && pip install --no-deps .

FROM venv AS engine-installed
ARG TORCH=cu13
COPY constraints-torch.txt ./
COPY deploy/torch_source.py deploy/torch_source.py
# hadolint ignore=DL3013
RUN python deploy/torch_source.py "$TORCH" > torch-options.txt \
    && xargs pip install torch torchvision < torch-options.txt
RUN python deploy/requirements.py cluster engine proxy > requirements.txt \
    && pip install -c constraints.txt -r requirements.txt
COPY . .
RUN pip install --no-deps .

FROM python:3.11-slim AS runtime
# The settings' defaults are relative: data/mazok.db and the rest are in the volume.
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 MAZOK_HOME=/
RUN useradd --uid 1000 --create-home mazok && install -d -o 1000 -g 1000 /data
VOLUME /data
WORKDIR /
USER 1000:1000

FROM runtime AS engine
COPY --from=engine-installed /venv /venv
HEALTHCHECK --interval=30s --timeout=20s --start-period=2m CMD ["python", "-m", "engine", "--health"]
CMD ["python", "-m", "engine", "serve"]

FROM runtime AS bot
COPY --from=bot-installed /venv /venv
HEALTHCHECK --interval=30s --timeout=20s --start-period=1m CMD ["python", "-m", "bot", "--health"]
CMD ["python", "-m", "bot"]
