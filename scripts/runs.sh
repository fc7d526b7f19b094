# shellcheck shell=sh
# Shared by the scripts that work on many runs. A script sources this file after it has set `here` to the
# folder of the scripts.
# shellcheck disable=SC2154

say() {
    script=${0##*/}
    printf '%s: %s\n' "${script%.sh}" "$*" >&2
}

# misuse SENTENCE: ends the script with status 2.
misuse() {
    say "$1; see scripts/${0##*/} --help"
    exit 2
}

# need PROGRAM...: ends the script if programs are missing, and names all of them.
need() {
    missing=
    for wanted in "$@"; do
        command -v "$wanted" >/dev/null 2>&1 || missing="$missing $wanted"
    done
    [ -n "$missing" ] || return 0
    say "missing programs:$missing; to install them, run scripts/install-deps.sh"
    exit 1
}

# make_work: sets `work` to a temporary folder, which is removed when the script ends.
make_work() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

# file_or_null FILE: the name of the file, or /dev/null if it does not exist.
file_or_null() {
    if [ -f "$1" ]; then printf '%s' "$1"; else echo /dev/null; fi
}

# sum_up OUT: writes a line of JSON (see run.jq) to $work/runs for each run in OUT/runs.
sum_up() {
    : >"$work/runs"
    for folder in "$1"/runs/*/; do
        folder=${folder%/}
        [ -f "$folder/log.jsonl" ] || [ -f "$folder/settings.json" ] || continue
        jq -nRc --arg name "${folder##*/}" --arg status "$(cat "$folder/status" 2>/dev/null)" \
            --slurpfile settings "$(file_or_null "$folder/settings.json")" \
            --slurpfile test "$(file_or_null "$folder/test.json")" -f "$here/run.jq" \
            "$(file_or_null "$folder/log.jsonl")" 2>"$work/err" >>"$work/runs" || {
            say "$(sed '1!d; s/^jq: error ([^)]*): //' "$work/err")"
            exit 1
        }
    done
    [ -s "$work/runs" ] || misuse "$1 has no runs"
}
