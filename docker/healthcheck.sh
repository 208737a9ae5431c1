#!/bin/sh
# Healthy means: OpenCode answers, with the password. Curl reads that from its standard input, so that it is in no argument.
set -eu
password=$(printf '%s' "${OPENCODE_SERVER_PASSWORD:?}" | sed 's/[\\"]/\\&/g')
printf 'user = "%s:%s"\n' "${OPENCODE_SERVER_USERNAME:-opencode}" "$password" |
	curl --config - --fail --silent --output /dev/null --max-time 3 --noproxy '*' "http://127.0.0.1:${PORT:-4096}/global/health"
