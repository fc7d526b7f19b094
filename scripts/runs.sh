# shellcheck shell=sh
# What the scripts about many runs share; they source it first, and have set `here` to this folder. For
# sum_up they have set `work` to a folder of their own.
# shellcheck disable=SC2154

say() {
    script=${0##*/}
    printf '%s: %s\n' "${script%.sh}" "$*" >&2
}

misuse() {
    say "$1; see scripts/${0##*/} --help"
    exit 2
}

# need PROGRAM: it must be there.
need() {
    command -v "$1" >/dev/null 2>&1 || {
        say "$1 is missing; install the package $1, or all that developers need with scripts/install-deps.sh --dev"
        exit 1
    }
}

# or_nothing FILE: a name that can be read though the file may not be there.
or_nothing() {
    if [ -f "$1" ]; then printf '%s' "$1"; else echo /dev/null; fi
}

# sum_up OUT: a line of JSON for each run in OUT/runs, as run.jq has it.
sum_up() {
    for folder in "$1"/runs/*/; do
        folder=${folder%/}
        [ -f "$folder/log.jsonl" ] || [ -f "$folder/settings.json" ] || continue
        jq -nRc --arg name "${folder##*/}" --arg status "$(cat "$folder/status" 2>/dev/null)" \
            --slurpfile settings "$(or_nothing "$folder/settings.json")" \
            --slurpfile test "$(or_nothing "$folder/test.json")" -f "$here/run.jq" \
            "$(or_nothing "$folder/log.jsonl")" 2>"$work/err" || {
            say "$(sed '1!d; s/^jq: error ([^)]*): //' "$work/err")"
            exit 1
        }
    done
}
