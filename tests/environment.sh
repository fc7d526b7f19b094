# shellcheck shell=sh
# The same environment for all tests, on any machine. Sourced by scripts/test.sh and tests/cli/run.sh.

# Locales change decimal points, letter case and messages. The other variables change what programs print or
# which programs are found.
unset CDPATH COLUMNS DEMO_SECONDS DEMO_STARTED ENV BASH_ENV GREP_COLORS GREP_OPTIONS LANG LANGUAGE LINES NO_COLOR POSIXLY_CORRECT TZ
for variable in $(env | sed -n 's/^\(LC_[A-Z]*\)=.*/\1/p'); do
    unset "$variable"
done
LC_ALL=C
SHELL=/bin/sh
TERM=dumb
export LC_ALL SHELL TERM

# Tests put the name of the temporary folder into scripts, unquoted, and run programs in it, which some
# systems forbid.
can_hold_tests() {
    case "$1" in *[!A-Za-z0-9_./-]*) return 1 ;; esac
    probe=$1/charnn-probe-$$
    { printf '#!/bin/sh\n' >"$probe" && chmod +x "$probe" && "$probe"; } 2>/dev/null
    works=$?
    rm -f "$probe"
    return $works
}
if [ -n "${TMPDIR-}" ] && ! can_hold_tests "$TMPDIR"; then
    unset TMPDIR
fi
if [ -z "${TMPDIR-}" ] && ! can_hold_tests /tmp; then
    mkdir -p build/temporary
    TMPDIR=$PWD/build/temporary
    export TMPDIR
fi

# TIMEOUT: the timeout(1) command that leaves a command in its process group; empty if there is none.
TIMEOUT=
if timeout --foreground -k 10 60 true 2>/dev/null; then
    TIMEOUT='timeout --foreground'
elif timeout -k 10 60 true 2>/dev/null; then
    TIMEOUT=timeout # BusyBox, which creates no process group
fi
export TIMEOUT
