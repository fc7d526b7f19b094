# shellcheck shell=sh
# The guides of src/README.md, followed in a copy of the tree.

# files_of TITLE: the files that this guide names first in each of its points, sorted.
files_of() {
    sed -n "/^## $1\$/,/^## /s/^- .\([a-zA-Z_/.]*\).:.*/\1/p" "$ROOT/src/README.md" | sort
}

# changed: what differs from the project, sorted.
changed() {
    (cd tree && find src -type f) | while read -r file; do
        cmp -s "tree/$file" "$ROOT/$file" || printf '%s\n' "$file"
    done | sort
}

add_cell() {
    sed 's/rnn/dummy/g' "$ROOT/src/nn/cells/cell_rnn.c" >tree/src/nn/cells/cell_dummy.c
    sed 's/X(rnn)$/X(rnn) X(dummy)/' "$ROOT/src/nn/cells/cell.h" >tree/src/nn/cells/cell.h
}

test_a_cell_and_an_option() {
    not_with_sanitizers 'this is about the sources'
    mkdir tree
    cp -R "$ROOT/src" "$ROOT/Makefile" tree
    add_cell
    [ "$(changed)" = "$(files_of 'Add a cell' | sed 's/NAME/dummy/')" ] || fail "changed for a cell: $(changed)"
    rm -rf tree/src
    cp -R "$ROOT/src" tree
    sed 's/^static const struct option_spec rows\[\] = {$/&\
    OPTION("dummy-level", SIZE, dummy_level, "N", "7", "does nothing", FROM_TO(0, 9), SAVED),/' \
        "$ROOT/src/cli/train/options.c" >tree/src/cli/train/options.c
    sed 's/^struct train_settings {$/&\
    size_t dummy_level;/' "$ROOT/src/train/settings.h" >tree/src/train/settings.h
    [ "$(changed)" = "$(files_of 'Add an option')" ] || fail "changed for an option: $(changed)"
    add_cell
    # No sanitizer and no optimization: the build is to be quick.
    env MAKEFLAGS= MFLAGS= make -C tree -j"$(getconf _NPROCESSORS_ONLN)" BUILD=build \
        PROGRAM=charnn SANITIZE= SET_UP=no WERROR=1 CFLAGS=-O0 charnn \
        >build.log 2>&1 || fail "$(tail -n 20 build.log)"
    # shellcheck disable=SC2034 # the program that the function charnn runs
    CHARNN=$PWD/tree/charnn
    make_text text.txt
    charnn train --help-all
    expect_stdout_contains '--dummy-level' 'lstm, gru, rnn or dummy'
    charnn train text.txt --model dummy --dummy-level 3 --rnn-size 8 --num-layers 1 --batch-size 4 \
        --seq-length 10 --max-steps 2
    expect_status 0
    charnn info --json cv/last.safetensors
    expect_stdout_contains '"model":"dummy"' '"dummy_level":3'
    charnn train text.txt --model dummy --dummy-level 10
    expect_refusal 2 'dummy-level' '10'
}
