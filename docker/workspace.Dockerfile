# A project's container: OpenCode, git and what OpenCode needs, for one user who is not root.
#
#   docker build --file docker/workspace.Dockerfile --tag pcc-workspace:0.1.0 .
#
# It runs with a read-only root: `--read-only --tmpfs /tmp --volume NAME:/workspace`. Tools that a project needs go into
# an image of its own, FROM this one.

FROM node:22.21.1-bookworm-slim AS opencode
ARG OPENCODE_VERSION=1.18.33
ARG TARGETARCH
# The package of one platform holds one self-contained program; "baseline" runs on processors without AVX2, too.
WORKDIR /opencode
RUN case "${TARGETARCH:-amd64}" in \
      amd64) package=opencode-linux-x64-baseline ;; \
      arm64) package=opencode-linux-arm64 ;; \
      *) echo "no OpenCode for ${TARGETARCH}" >&2; exit 1 ;; \
    esac \
    && npm install --no-audit --no-fund "${package}@${OPENCODE_VERSION}" \
    && cp "node_modules/${package}/bin/opencode" /usr/local/bin/opencode \
    && rm -rf node_modules /root/.npm

FROM debian:12.15-slim
# OpenCode searches with ripgrep, and would download it where it is missing. curl is for the health check.
RUN apt-get update \
    && apt-get install --no-install-recommends --yes \
      ca-certificates=202* \
      curl=7.88.* \
      git=1:2.39.* \
      ripgrep=13.0.* \
      tini=0.19.* \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /workspace/home --shell /bin/bash pcc \
    && install --directory --owner=pcc --group=pcc --mode=0750 /workspace /workspace/home
COPY --from=opencode /usr/local/bin/opencode /usr/local/bin/opencode
COPY --chmod=0755 docker/entrypoint.sh /usr/local/bin/workspace-entrypoint
COPY --chmod=0755 docker/healthcheck.sh /usr/local/bin/workspace-healthcheck

ENV HOME=/workspace/home \
    PORT=4096 \
    OPENCODE_DISABLE_AUTOUPDATE=1 \
    OPENCODE_DISABLE_LSP_DOWNLOAD=1 \
    OPENCODE_DISABLE_MODELS_FETCH=1 \
    OPENCODE_DISABLE_SHARE=1
USER 10001:10001
WORKDIR /workspace
VOLUME /workspace
EXPOSE 4096
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s --retries=4 CMD ["workspace-healthcheck"]
ENTRYPOINT ["tini", "-g", "--", "/usr/local/bin/workspace-entrypoint"]
