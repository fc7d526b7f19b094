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

# For scripts that are a grid and a table: paper-table.sh, odyssey.sh.

# absolute_text FILE [REMEDY]: the absolute path of a text that can be read.
absolute_text() {
    [ -r "$1" ] || {
        say "cannot read the text $1${2-}"
        exit 1
    }
    printf '%s/%s' "$(cd "$(dirname "$1")" && pwd -P)" "$(basename "$1")"
}

# pass WORD...: adds arguments for sweep.sh to `passed`, quoted for eval.
passed=
pass() {
    for word in "$@"; do
        passed="$passed '$(printf '%s' "$word" | sed "s/'/'\\\\''/g")'"
    done
}

# run_grid: trains the runs of the script's grid() in $out and ends the script. If `how` is run, prints its table
# and writes the report.
run_grid() {
    grid >"$work/grid.json"
    eval "\"\$here/sweep.sh\" $passed \"\$work/grid.json\" \"\$out\" &"
    sweep=$!
    trap 'kill -s TERM $sweep 2>/dev/null || :' INT TERM HUP
    while :; do
        status=0
        wait $sweep || status=$?
        kill -0 $sweep 2>/dev/null || break
    done
    if [ "$how" = run ] && [ "$status" -le 1 ]; then
        print_table
        "$here/report.sh" "$out"
    fi
    exit "$status"
}
