#!/bin/sh
# Starts OpenCode in a project's container.
#
# The work tree is cloned once, beside its place, and moved there when it is whole. What stands in its place is somebody's
# work and is never touched. The token is given to git by askpass, so it is in no argument and no file, and OpenCode does
# not get it.
#
#   OPENCODE_SERVER_PASSWORD  required: without it OpenCode would be an open shell
#   PCC_CLONE_URL             what to clone, http or https; without it an empty repository is made
#   PCC_REF                   branch, tag or commit; the default branch if not set
#   PCC_GIT_TOKEN             for the clone, sent only to the host of PCC_CLONE_URL
#   PCC_WORKSPACE             the work tree (/workspace/project); its parent must be writable
#   PCC_CLONE_TIMEOUT         seconds for the clone (900)
#   PORT, PCC_BIND            where OpenCode listens (4096, 0.0.0.0)

set -eu
umask 022

GIT_USER=x-access-token

say() {
	printf 'workspace: %s\n' "$1" >&2
}

die() {
	say "$1"
	exit 1
}

# `https://host:port` of a URL, without user and path.
origin_of() {
	rest=${1#*://}
	printf '%s://%s\n' "${1%%://*}" "${rest%%[/?#]*}"
}

# Git calls this script to ask for a name or a password. A redirect to another host gets no answer.
answer_git() {
	origin=$(origin_of "$PCC_CLONE_URL")
	case "$1" in
	"Username for '$origin'"*) printf '%s\n' "$GIT_USER" ;;
	"Password for '${origin%%://*}://$GIT_USER@${origin#*://}'"*) printf '%s\n' "$PCC_GIT_TOKEN" ;;
	*) exit 1 ;;
	esac
}

check_environment() {
	[ -n "${OPENCODE_SERVER_PASSWORD:-}" ] || die "OPENCODE_SERVER_PASSWORD is not set. OpenCode would let everybody in, so it is not started."
	case "$PORT" in
	'' | *[!0-9]* | ??????*) die "PORT must be a number from 1 to 65535, not '$PORT'." ;;
	esac
	if [ "$PORT" -lt 1 ] || [ "$PORT" -gt 65535 ]; then
		die "PORT must be a number from 1 to 65535, not '$PORT'."
	fi
	case "$PCC_CLONE_TIMEOUT" in
	'' | *[!0-9]*) die "PCC_CLONE_TIMEOUT must be a number of seconds." ;;
	esac
	case "$PCC_WORKSPACE" in
	/?*) ;;
	*) die "PCC_WORKSPACE must be an absolute path, not '$PCC_WORKSPACE'." ;;
	esac
}

# The messages leave the URL out: it could hold a password.
check_source() {
	case "$PCC_CLONE_URL" in
	http://* | https://* | file://*) ;;
	*) die "PCC_CLONE_URL must begin with https:// or http://." ;;
	esac
	case "$(origin_of "$PCC_CLONE_URL")" in
	*@*) die "PCC_CLONE_URL must not hold a name or a password: put the token into PCC_GIT_TOKEN." ;;
	esac
	case "$PCC_REF" in
	-*) die "PCC_REF must not begin with a hyphen." ;;
	esac
}

is_empty_folder() {
	[ -d "$1" ] && [ ! -L "$1" ] && [ -z "$(ls -A "$1")" ]
}

# Nothing may be mixed into what the clone does: no helper, no prompt, no hook, no protocol that runs a command.
# `file` is for tests, and needs GIT_ALLOW_PROTOCOL.
run_git() {
	GIT_ALLOW_PROTOCOL="${GIT_ALLOW_PROTOCOL:-http:https}" GIT_TERMINAL_PROMPT=0 LC_ALL=C \
		timeout -k 10 "$PCC_CLONE_TIMEOUT" git -c credential.helper= -c core.hooksPath=/dev/null "$@"
}

clone_into() {
	say "cloning"
	if [ -n "$PCC_GIT_TOKEN" ]; then
		export PCC_CLONE_URL PCC_GIT_TOKEN
		export GIT_ASKPASS="$0" PCC_IS_ASKPASS=1
	fi
	run_git clone --quiet --no-checkout -- "$PCC_CLONE_URL" "$1" ||
		die "The clone failed; git says why above. Check PCC_CLONE_URL and, for a private repository, PCC_GIT_TOKEN."
	unset GIT_ASKPASS PCC_IS_ASKPASS
	check_out "$1"
}

check_out() {
	if [ -z "$PCC_REF" ]; then
		# A repository without commits has nothing to check out.
		if git -C "$1" rev-parse --verify --quiet HEAD >/dev/null; then
			run_git -C "$1" checkout --quiet || die "The default branch cannot be checked out."
		fi
	elif has_commit "$1" "refs/remotes/origin/$PCC_REF"; then
		# `-B`: the clone has made the default branch already.
		run_git -C "$1" checkout --quiet -B "$PCC_REF" --track "refs/remotes/origin/$PCC_REF" ||
			die "The branch '$PCC_REF' cannot be checked out."
	elif has_commit "$1" "refs/tags/$PCC_REF"; then
		run_git -C "$1" checkout --quiet --detach "refs/tags/$PCC_REF" || die "The tag '$PCC_REF' cannot be checked out."
	elif has_commit "$1" "$PCC_REF"; then
		run_git -C "$1" checkout --quiet --detach "$PCC_REF" -- || die "The commit '$PCC_REF' cannot be checked out."
	else
		die "The repository has no branch, tag or commit '$PCC_REF'. Check PCC_REF."
	fi
}

has_commit() {
	git -C "$1" rev-parse --verify --quiet --end-of-options "$2^{commit}" >/dev/null
}

prepare_workspace() {
	if [ -L "$PCC_WORKSPACE" ]; then
		die "$PCC_WORKSPACE is a symbolic link; it must be a folder."
	elif [ -e "$PCC_WORKSPACE" ] && ! is_empty_folder "$PCC_WORKSPACE"; then
		[ -d "$PCC_WORKSPACE" ] || die "$PCC_WORKSPACE is a file; it must be a folder."
		say "keeping the work in $PCC_WORKSPACE"
		return
	fi
	# What an attempt that was killed has left: only this script makes such names, and it holds the lock.
	rm -rf "$parent"/.pcc-clone.*.part
	attempt="$parent/.pcc-clone.$$.part"
	trap 'rm -rf "$attempt"' EXIT
	if [ -n "$PCC_CLONE_URL" ]; then
		check_source
		clone_into "$attempt"
	else
		say "making an empty repository"
		run_git init --quiet --initial-branch=main "$attempt" || die "The empty repository cannot be made."
	fi
	if [ -d "$PCC_WORKSPACE" ]; then
		rmdir "$PCC_WORKSPACE" || die "$PCC_WORKSPACE cannot be replaced. Mount the volume at $parent instead."
	fi
	mv "$attempt" "$PCC_WORKSPACE"
	trap - EXIT
	say "$PCC_WORKSPACE is ready"
}

if [ "${PCC_IS_ASKPASS:-}" = 1 ]; then
	answer_git "${1:-}"
	exit 0
fi

PORT=${PORT:-4096}
PCC_BIND=${PCC_BIND:-0.0.0.0}
PCC_WORKSPACE=${PCC_WORKSPACE:-/workspace/project}
PCC_CLONE_URL=${PCC_CLONE_URL:-}
PCC_CLONE_TIMEOUT=${PCC_CLONE_TIMEOUT:-900}
PCC_REF=${PCC_REF:-}
PCC_GIT_TOKEN=${PCC_GIT_TOKEN:-}

check_environment
parent=$(dirname "$PCC_WORKSPACE")
mkdir -p "$parent" || die "$parent cannot be made."
[ -w "$parent" ] || die "$parent is not writable for user $(id -u). Give the volume to that user."

# During a rolling update two containers see one volume.
exec 9>"$parent/.pcc-clone.lock"
flock -w "$PCC_CLONE_TIMEOUT" 9 || die "Another container is still preparing $PCC_WORKSPACE."
prepare_workspace
exec 9>&-

unset PCC_GIT_TOKEN
cd "$PCC_WORKSPACE"
exec opencode serve --hostname "$PCC_BIND" --port "$PORT"
