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

test_install_puts_its_files_and_uninstall_removes_them() {
    make_target install
    expect_status 0
    [ "$(installed)" = './opt/charnn/bin/charnn
./opt/charnn/share/bash-completion/completions/charnn
./opt/charnn/share/fish/vendor_completions.d/charnn.fish
./opt/charnn/share/man/man1/charnn-convert.1
./opt/charnn/share/man/man1/charnn-eval.1
./opt/charnn/share/man/man1/charnn-help.1
./opt/charnn/share/man/man1/charnn-info.1
./opt/charnn/share/man/man1/charnn-inspect.1
./opt/charnn/share/man/man1/charnn-plot.1
./opt/charnn/share/man/man1/charnn-sample.1
./opt/charnn/share/man/man1/charnn-train.1
./opt/charnn/share/man/man1/charnn.1
./opt/charnn/share/zsh/site-functions/_charnn' ] || fail "installed: $(installed)"
    grep -q '^\.TH CHARNN 1' "a user's stage"/opt/charnn/share/man/man1/charnn.1 || fail 'no title in charnn.1'
    for command in convert eval help info inspect plot sample train; do
        grep -q "^.SH EXAMPLES" "a user's stage/opt/charnn/share/man/man1/charnn-$command.1" ||
            fail "no examples in charnn-$command.1"
    done
    head -n 1 "a user's stage"/opt/charnn/share/zsh/site-functions/_charnn | grep -qx '#compdef charnn' ||
        fail 'the script for zsh does not say what it completes'
    : >"a user's stage"'/opt/charnn/bin/other'
    run "a user's stage"'/opt/charnn/bin/charnn' help
    expect_status 0
    expect_no_stderr
    make_target uninstall
    expect_status 0
    [ "$(installed)" = ./opt/charnn/bin/other ] || fail "left: $(installed)"
    [ "$(find "a user's stage" -type d | wc -l)" -eq 4 ] || fail "left: $(find "a user's stage")"
    rm "a user's stage"'/opt/charnn/bin/other'
    make_target install
    make_target uninstall
    expect_status 0
    [ "$(find "a user's stage")" = "a user's stage" ] || fail "left: $(find "a user's stage")"
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

test_man_page_of_a_command() {
    charnn help --man train
    expect_status 0
    expect_no_stderr
    expect_stdout_contains '.TH CHARNN\-TRAIN 1' '.SH OPTIONS' 'charnn train book.txt'
    charnn help --man nothing-like-it
    expect_refusal 2 "unknown command 'nothing-like-it'"
}

test_completion_of_three_shells() {
    charnn help --completion
    expect_status 0
    cp "$REPORT/out" standard
    for shell in bash zsh fish; do
        charnn help --completion "$shell"
        expect_status 0
        expect_no_stderr
        expect_stdout_contains "printed by 'charnn help --completion $shell'"
        cp "$REPORT/out" "$shell"
    done
    expect_same_files standard bash
    charnn help --completion tcsh
    expect_refusal 2 "no script for 'tcsh'; name bash, zsh or fish"
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

test_a_relative_prefix_is_refused() {
    for prefix in relative ./charnn; do
        run env MAKEFLAGS= MFLAGS= make -C "$ROOT" --no-print-directory install SET_UP=no PREFIX="$prefix"
        expect_status 2
        expect_no_stdout
        expect_stderr_contains "PREFIX is '$prefix': name a folder by its whole path, from / on"
        expect_no_file "$ROOT/relative"
    done
}
