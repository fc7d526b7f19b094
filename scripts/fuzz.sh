#!/bin/sh
# Feeds the programs of tests/fuzz, as `make fuzz` builds them, for a while each, and says for each how
# many inputs it took and whether it found fault. What found fault is kept in FOLDER/found.
#
#   scripts/fuzz.sh FOLDER
#
# FUZZ_SECONDS (60) is how long each of them runs, FUZZ_ONLY a list of their names, FUZZ_ARGS more
# options of libFuzzer. Inputs that reached something new are kept in FOLDER/corpus and used again.
set -eu
cd "$(dirname "$0")/.."

folder=$1
seconds=${FUZZ_SECONDS:-60}
mkdir -p "$folder/found"
failed=0

for program in "$folder"/tests/fuzz/fuzz_*; do
    name=${program##*/fuzz_}
    case $name in *.*) continue ;; esac
    case " ${FUZZ_ONLY:-$name} " in *" $name "*) ;; *) continue ;; esac
    mkdir -p "$folder/corpus/$name"
    # FUZZ_ARGS is a list of words.
    # shellcheck disable=SC2086
    if ASAN_OPTIONS="malloc_context_size=4:quarantine_size_mb=16:${ASAN_OPTIONS-}" "$program" -max_total_time="$seconds" \
        -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 -verbosity=1 -close_fd_mask=1 \
        ${FUZZ_ARGS-} \
        -artifact_prefix="$folder/found/$name-" \
        "$folder/corpus/$name" "tests/fuzz/seeds/$name" >"$folder/$name.log" 2>&1; then
        verdict=fine
    else
        verdict="FAILED, see $folder/$name.log"
        failed=1
    fi
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/$name.log")
    echo "fuzz: $name: ${executions:-?} inputs in about $seconds s: $verdict"
done
exit $failed
