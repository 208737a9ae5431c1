#!/bin/sh
# Tests entrypoint.sh with the real git, in folders of its own. OpenCode is a stand-in that writes down how it was called.
# Needs git and flock; prints a line for each case and ends with 1 if one failed.

set -eu

entrypoint=$(cd "$(dirname "$0")" && pwd)/entrypoint.sh
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
failures=0
number=0

# Nothing of the caller's git reaches the test.
export HOME="$place" GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=Test GIT_AUTHOR_EMAIL=test@example.org GIT_COMMITTER_NAME=Test GIT_COMMITTER_EMAIL=test@example.org
unset PCC_CLONE_URL PCC_REF PCC_GIT_TOKEN PCC_WORKSPACE PCC_CLONE_TIMEOUT PCC_BIND PORT OPENCODE_SERVER_PASSWORD

# --- what the tests stand on ---

make_stand_in() {
	mkdir "$place/bin"
	cat >"$place/bin/opencode" <<-'STAND_IN'
		#!/bin/sh
		printf '%s\n' "$*" >"$RECORD.arguments"
		pwd >"$RECORD.folder"
		env >"$RECORD.environment"
		if [ -e "/proc/$$/fd/9" ]; then echo held >"$RECORD.lock"; fi
	STAND_IN
	chmod +x "$place/bin/opencode"
	PATH="$place/bin:$PATH"
}

make_origin() {
	git init --quiet --initial-branch=main "$place/origin"
	(
		cd "$place/origin"
		echo one >file.txt
		git add file.txt
		git commit --quiet --message=one
		git tag v1
		echo two >file.txt
		git commit --quiet --all --message=two
		git switch --quiet --create feature/x
		echo three >file.txt
		git commit --quiet --all --message=three
		git switch --quiet main
	)
	git init --quiet --initial-branch=main "$place/empty"
}

# --- what a case is made of ---

# A new volume; `run` works in it.
begin() {
	number=$((number + 1))
	name=$1
	volume="$place/volume-$number"
	RECORD="$place/record-$number"
	said="$place/said-$number"
	mkdir "$volume"
	export RECORD
}

# Runs the entrypoint with the given variables on top of good ones; its status is in `status`.
run() {
	rm -f "$RECORD".*
	status=0
	env OPENCODE_SERVER_PASSWORD=hush PCC_WORKSPACE="$volume/project" GIT_ALLOW_PROTOCOL=file "$@" \
		"$entrypoint" >"$said" 2>&1 || status=$?
}

fail() {
	failures=$((failures + 1))
	printf 'FAILED  %s: %s\n' "$name" "$1"
	sed 's/^/        /' "$said"
}

pass() {
	printf 'ok      %s\n' "$name"
}

# The rest of the case runs only while everything before held: `check … && check … && pass`.
check() {
	description=$1
	shift
	"$@" || {
		fail "$description"
		return 1
	}
}

started() { [ "$status" -eq 0 ] && [ -f "$RECORD.arguments" ]; }
refused() { [ "$status" -ne 0 ] && [ ! -e "$RECORD.arguments" ]; }
says() { grep -qF -- "$1" "$said"; }
silent_about() { ! grep -qF -- "$1" "$said"; }
content() { [ "$(cat "$volume/project/${2:-file.txt}")" = "$1" ]; }
branch() { [ "$(git -C "$volume/project" symbolic-ref --quiet --short HEAD || echo none)" = "$1" ]; }
# Only the lock may be left where nothing was made.
nothing_made() { [ "$(find "$volume" -mindepth 1 -maxdepth 1 ! -name .pcc-clone.lock)" = "${1:+$volume/$1}" ]; }
called_with() { [ "$(cat "$RECORD.arguments")" = "$1" ]; }
without_variable() { ! grep -q "^$1=" "$RECORD.environment"; }

# --- the cases ---

starting() {
	begin "clones, then starts OpenCode in the work tree"
	run PCC_CLONE_URL="file://$place/origin" PCC_GIT_TOKEN=canary
	check "starts" started && check "content" content two && check "branch" branch main &&
		check "arguments" called_with "serve --hostname 0.0.0.0 --port 4096" &&
		check "folder" [ "$(cat "$RECORD.folder")" = "$volume/project" ] &&
		check "no token for OpenCode" without_variable PCC_GIT_TOKEN &&
		check "no askpass for OpenCode" without_variable GIT_ASKPASS &&
		check "lock is given back" [ ! -e "$RECORD.lock" ] &&
		check "no token on the disk" sh -c "! grep -rqF canary '$volume'" &&
		check "nothing else" nothing_made project && pass

	begin "takes port and address from the environment"
	run PORT=5000 PCC_BIND=127.0.0.1
	check "arguments" called_with "serve --hostname 127.0.0.1 --port 5000" && pass

	begin "makes an empty repository without a URL"
	run PCC_REF=
	check "starts" started && check "branch" branch main && check "a repository" [ -d "$volume/project/.git" ] && pass

	begin "clones a repository without commits"
	run PCC_CLONE_URL="file://$place/empty"
	check "starts" started && check "a repository" [ -d "$volume/project/.git" ] && pass

	begin "fills an empty folder"
	mkdir "$volume/project"
	run PCC_CLONE_URL="file://$place/origin"
	check "starts" started && check "content" content two && pass
}

refs() {
	begin "checks out a branch, and tracks it"
	run PCC_CLONE_URL="file://$place/origin" PCC_REF=feature/x
	check "starts" started && check "content" content three && check "branch" branch feature/x &&
		check "tracks" [ "$(git -C "$volume/project" rev-parse --abbrev-ref '@{upstream}')" = origin/feature/x ] && pass

	begin "checks out the default branch by its name"
	run PCC_CLONE_URL="file://$place/origin" PCC_REF=main
	check "starts" started && check "content" content two && check "branch" branch main && pass

	begin "checks out a tag"
	run PCC_CLONE_URL="file://$place/origin" PCC_REF=v1
	check "starts" started && check "content" content one && check "branch" branch none && pass

	begin "checks out a commit"
	run PCC_CLONE_URL="file://$place/origin" PCC_REF="$(git -C "$place/origin" rev-parse v1)"
	check "starts" started && check "content" content one && pass

	begin "refuses an unknown ref, and a right one then works"
	run PCC_CLONE_URL="file://$place/origin" PCC_REF=nowhere
	check "refused" refused && check "says why" says "no branch, tag or commit 'nowhere'" &&
		check "nothing made" nothing_made && run PCC_CLONE_URL="file://$place/origin" PCC_REF=v1 &&
		check "starts" started && check "content" content one && pass

	begin "refuses a ref that is an option"
	run PCC_CLONE_URL="file://$place/origin" PCC_REF=--output=x
	check "refused" refused && check "says why" says "must not begin with a hyphen" && check "nothing made" nothing_made && pass
}

# Work as somebody left it: a changed file, a new one, a commit that is nowhere else.
work_in_progress() {
	run PCC_CLONE_URL="file://$place/origin"
	echo changed >"$volume/project/file.txt"
	echo new >"$volume/project/new.txt"
	git -C "$volume/project" commit --quiet --allow-empty --message=mine
	before=$(find "$volume/project" -type f -exec cksum {} + | sort)
}

untouched() {
	[ "$(find "$volume/project" -type f -exec cksum {} + | sort)" = "$before" ]
}

existing_work() {
	begin "keeps work over a restart"
	work_in_progress
	run PCC_CLONE_URL="file://$place/origin"
	check "starts" started && check "says it" says "keeping the work" && check "untouched" untouched && pass

	begin "keeps work when URL and ref change, or fail"
	work_in_progress
	run PCC_CLONE_URL="file://$place/nowhere" PCC_REF=nowhere
	check "starts" started && check "untouched" untouched && pass

	begin "keeps a folder that is no repository"
	mkdir "$volume/project"
	echo mine >"$volume/project/.hidden"
	run PCC_CLONE_URL="file://$place/origin"
	check "starts" started && check "content" content mine .hidden && check "nothing added" [ ! -e "$volume/project/file.txt" ] && pass

	begin "refuses a symbolic link in place of the folder"
	mkdir "$place/elsewhere"
	ln -s "$place/elsewhere" "$volume/project"
	run PCC_CLONE_URL="file://$place/origin"
	check "refused" refused && check "says why" says "symbolic link" && check "untouched" [ -z "$(ls -A "$place/elsewhere")" ] && pass

	begin "refuses a file in place of the folder"
	echo mine >"$volume/project"
	run PCC_CLONE_URL="file://$place/origin"
	check "refused" refused && check "untouched" [ "$(cat "$volume/project")" = mine ] && pass
}

broken_attempts() {
	begin "clears what a broken attempt left, and nothing else"
	mkdir -p "$volume/.pcc-clone.1.part/.git/objects" "$volume/other"
	echo half >"$volume/.pcc-clone.1.part/file.txt"
	run PCC_CLONE_URL="file://$place/origin"
	check "starts" started && check "content" content two && check "cleared" [ ! -e "$volume/.pcc-clone.1.part" ] &&
		check "the rest stays" [ -d "$volume/other" ] && pass

	begin "leaves nothing when the clone fails, and a later one works"
	run PCC_CLONE_URL="file://$place/nowhere"
	check "refused" refused && check "says why" says "The clone failed" && check "nothing made" nothing_made &&
		run PCC_CLONE_URL="file://$place/origin" && check "starts" started && pass

	begin "waits for another container, but not for ever"
	(
		exec 9>"$volume/.pcc-clone.lock"
		flock 9
		run PCC_CLONE_URL="file://$place/origin" PCC_CLONE_TIMEOUT=1
		check "refused" refused && check "says why" says "Another container"
	) && pass || failures=$((failures + 1))
}

bad_input() {
	begin "does not start without a password"
	run OPENCODE_SERVER_PASSWORD= PCC_CLONE_URL="file://$place/origin"
	check "refused" refused && check "says why" says "OPENCODE_SERVER_PASSWORD is not set" && check "nothing made" nothing_made && pass

	for port in 0 65536 999999999999 -1 80x " 80" "8;0"; do
		begin "refuses the port '$port'"
		run PORT="$port"
		check "refused" refused && check "says why" says "PORT must be a number" && check "nothing made" nothing_made && pass
	done

	for url in 'ext::sh -c id' --upload-pack=id /etc git@example.org:x.git ssh://-oProxyCommand=id/x "$place/origin"; do
		begin "refuses the URL '$url'"
		run PCC_CLONE_URL="$url"
		check "refused" refused && check "says why" says "must begin with https://" && check "nothing made" nothing_made && pass
	done

	begin "refuses a password in the URL, and does not repeat it"
	run PCC_CLONE_URL="https://user:canary@example.org/x.git"
	check "refused" refused && check "says why" says "must not hold a name or a password" && check "silent" silent_about canary && pass

	begin "refuses file: unless git was told to allow it"
	run GIT_ALLOW_PROTOCOL= PCC_CLONE_URL="file://$place/origin"
	check "refused" refused && check "git says why" says "transport 'file' not allowed" && check "nothing made" nothing_made && pass

	begin "refuses a relative work tree"
	run PCC_WORKSPACE=project
	check "refused" refused && check "says why" says "absolute path" && pass
}

# --- askpass: what git would ask ---

asks() {
	status=0
	env PCC_IS_ASKPASS=1 PCC_CLONE_URL=https://git.example.org:3000/a/b.git PCC_GIT_TOKEN=canary \
		"$entrypoint" "$1" >"$said" 2>&1 || status=$?
}

askpass() {
	begin "gives the token to its host"
	asks "Username for 'https://git.example.org:3000': "
	check "name" says x-access-token && asks "Password for 'https://x-access-token@git.example.org:3000': " &&
		check "token" says canary && pass

	for origin in https://x-access-token@evil.example https://x-access-token@git.example.org http://x-access-token@git.example.org:3000 \
		https://x-access-token@git.example.org:30001 https://x-access-token@git.example.org:3000.evil.example; do
		begin "keeps the token from $origin"
		asks "Password for '$origin': "
		check "refused" [ "$status" -ne 0 ] && check "silent" silent_about canary && pass
	done
}

make_stand_in
make_origin
starting || true
refs || true
existing_work || true
broken_attempts || true
bad_input || true
askpass || true
if [ "$failures" -gt 0 ]; then
	printf '%s of %s cases failed\n' "$failures" "$number"
	exit 1
fi
printf 'all %s cases passed\n' "$number"
