# The server, in two sizes:
#
#   docker build --file docker/server.Dockerfile --target server --tag pcc-server:0.1.0 .
#   docker build --file docker/server.Dockerfile --target server-with-agent --tag pcc-server-with-agent:0.1.0 .
#
# `server` is for agents that run in containers of their own. `server-with-agent` also holds OpenCode and ripgrep, for
# agents as child processes. Both run as a user who is not root, and with a read-only root: `--read-only --tmpfs /tmp
# --volume NAME:/var/lib/pcc`.

FROM node:22.21.1-bookworm-slim AS graphiql
WORKDIR /graphiql
COPY server/assets/graphiql/package.json server/assets/graphiql/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY server/assets/graphiql/ ./
RUN npm run build

FROM node:22.21.1-bookworm-slim AS app
WORKDIR /app
COPY mobile/package.json mobile/package-lock.json mobile/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY mobile/ ./
RUN npm run build

FROM rust:1.95.0-slim-bookworm AS build
WORKDIR /source
COPY . .
COPY --from=graphiql /graphiql/dist server/assets/graphiql/dist
COPY --from=app /app/dist mobile/dist
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --release --locked --package server --bin pcc-server \
    && install target/release/pcc-server /usr/local/bin/pcc-server

FROM node:22.21.1-bookworm-slim AS opencode
ARG OPENCODE_VERSION=1.18.33
ARG TARGETARCH
WORKDIR /opencode
RUN case "${TARGETARCH:-amd64}" in \
      amd64) package=opencode-linux-x64-baseline ;; \
      arm64) package=opencode-linux-arm64 ;; \
      *) echo "no OpenCode for ${TARGETARCH}" >&2; exit 1 ;; \
    esac \
    && npm install --no-audit --no-fund "${package}@${OPENCODE_VERSION}" \
    && cp "node_modules/${package}/bin/opencode" /usr/local/bin/opencode \
    && rm -rf node_modules /root/.npm

FROM debian:12.15-slim AS server
# Git keeps the local repositories and serves them.
RUN apt-get update \
    && apt-get install --no-install-recommends --yes \
      ca-certificates=202* \
      git=1:2.39.* \
      tini=0.19.* \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/pcc --shell /usr/sbin/nologin pcc \
    && install --directory --owner=pcc --group=pcc --mode=0750 /var/lib/pcc
COPY --from=build /usr/local/bin/pcc-server /usr/local/bin/pcc-server
ENV HOME=/var/lib/pcc \
    PCC_DATA_DIR=/var/lib/pcc \
    PCC_LISTEN=0.0.0.0:3001
USER 10001:10001
WORKDIR /var/lib/pcc
VOLUME /var/lib/pcc
EXPOSE 3001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 CMD ["pcc-server", "health", "--url", "http://127.0.0.1:3001"]
ENTRYPOINT ["tini", "--", "pcc-server"]
CMD ["serve"]

FROM server AS server-with-agent
USER 0:0
RUN apt-get update \
    && apt-get install --no-install-recommends --yes ripgrep=13.0.* \
    && rm -rf /var/lib/apt/lists/*
COPY --from=opencode /usr/local/bin/opencode /usr/local/bin/opencode
ENV PCC_AGENT_COMMAND=/usr/local/bin/opencode
USER 10001:10001
