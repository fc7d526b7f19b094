# shellcheck shell=sh
# The Makefile's own messages, and `make install` with the program that `make test` has built.

# make_target TARGET [VARIABLE=VALUE]...: builds nothing, because -o makes the program count as up to date.
make_target() {
    case "$CHARNN" in
    "$ROOT/${PROGRAM:-charnn}" | "${PROGRAM:-charnn}") ;;
    *) skip 'the program is not the one that make builds' ;;
    esac
    run env MAKEFLAGS= MFLAGS= make -C "$ROOT" --no-print-directory -o "${PROGRAM:-charnn}" "$@" \
        BUILD="${BUILD:-build}" SET_UP=no DESTDIR="$PWD/a user's stage" PREFIX=/opt/charnn
}

installed() {
    (cd "a user's stage" && find . -type f -o -type l) | LC_ALL=C sort
}

test_nothing_to_build() {
    make_target all
    expect_status 0
    expect_stdout "${PROGRAM:-charnn} is up to date"
    expect_no_stderr
}

test_missing_packages() {
    make_target unit PKG_CONFIG=false CC=no-such-compiler
    expect_refusal 2 'missing: no-such-compiler libcjson check; to install what is missing, run scripts/install-deps.sh'
}

test_install_puts_three_files_and_uninstall_removes_them() {
    make_target install
    expect_status 0
    [ "$(installed)" = './opt/charnn/bin/charnn
./opt/charnn/share/bash-completion/completions/charnn
./opt/charnn/share/man/man1/charnn.1' ] || fail "installed: $(installed)"
    : >"a user's stage"'/opt/charnn/bin/other'
    run "a user's stage"'/opt/charnn/bin/charnn' help
    expect_status 0
    expect_no_stderr
    make_target uninstall
    expect_status 0
    [ "$(installed)" = ./opt/charnn/bin/other ] || fail "left: $(installed)"
}

test_man_page() {
    charnn help --man
    expect_status 0
    expect_no_stderr
    head -n 5 "$REPORT/out" | grep -q '^\.TH CHARNN 1' || fail 'no title line'
    expect_stdout_contains '.SH NAME' '.SH SYNOPSIS' '.SH EXIT STATUS'
    command -v man >/dev/null 2>&1 || return 0
    cp "$REPORT/out" charnn.1
    run man --warnings -l charnn.1
    expect_no_stderr
}

test_completion() {
    command -v bash >/dev/null 2>&1 || skip 'no bash here'
    charnn help --completion
    expect_status 0
    expect_no_stderr
    cp "$REPORT/out" completion
    cat >try.bash <<'END'
source ./completion || exit
complete -p charnn >/dev/null || exit
function=$(complete -p charnn | sed 's/.*-F \([^ ]*\).*/\1/')
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
COMP_LINE="$*"
COMP_POINT=${#COMP_LINE}
"$function" charnn "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
END
    run bash try.bash charnn tr
    expect_stdout train
    run bash try.bash charnn train --rnn-s
    expect_stdout --rnn-size
    run bash try.bash charnn train --model l
    expect_stdout lstm
    expect_no_stderr
}
