#!/bin/sh
# Runs the fuzzers that `make fuzz` builds from tests/fuzz. Prints for each the number of inputs and whether
# it failed.
#
#   scripts/fuzz.sh FOLDER
#
# Failing inputs go to FOLDER/found. Inputs with new coverage go to FOLDER/corpus and are used again.
# Environment: FUZZ_SECONDS, the time for each fuzzer (60); FUZZ_ONLY, a list of fuzzers; FUZZ_ARGS, options
# for libFuzzer.
set -eu
cd "$(dirname "$0")/.."

folder=${1:?usage: scripts/fuzz.sh FOLDER}
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
        verdict=ok
    else
        verdict="FAILED, see $folder/$name.log"
        failed=1
    fi
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/$name.log")
    echo "fuzz: $name: ${executions:-?} inputs in about $seconds s: $verdict"
done
exit $failed
