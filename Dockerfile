# Two images from one file:
#   docker build --target bot -t mazok-bot .          no torch, no models
#   docker build --target engine -t mazok-engine .    torch; on a GPU: docker run --gpus all …
# Both run as a user without rights, write to /data alone (so --read-only --tmpfs /tmp works) and
# share that volume:
#   docker run -d --env-file .env -v mazok:/data mazok-bot
#   docker run -d --env-file .env -v mazok:/data mazok-engine

FROM python:3.11-slim AS source
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
WORKDIR /source
COPY . .

FROM source AS bot-installed
RUN pip install --no-cache-dir -c constraints.txt ".[cluster,proxy]"

FROM source AS engine-installed
RUN pip install --no-cache-dir -c constraints.txt ".[cluster,engine,proxy]"

FROM python:3.11-slim AS runtime
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
RUN useradd --uid 1000 --create-home mazok && install -d -o mazok -g mazok /data
VOLUME /data
# The settings' defaults are relative: data/mazok.db and the rest are in the volume.
WORKDIR /
USER mazok

FROM runtime AS engine
COPY --from=engine-installed /venv /venv
HEALTHCHECK --interval=30s --timeout=20s --start-period=2m CMD ["python", "-m", "engine", "--health"]
CMD ["python", "-m", "engine", "serve"]

FROM runtime AS bot
COPY --from=bot-installed /venv /venv
HEALTHCHECK --interval=30s --timeout=20s --start-period=1m CMD ["python", "-m", "bot", "--health"]
CMD ["python", "-m", "bot"]
