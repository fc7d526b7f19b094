# shellcheck shell=sh
# scripts/install-deps.sh on simulated machines: PATH has only fake programs.

# machine UID: a machine with nothing installed, for the user UID.
machine() {
    real sh cat
    fake id "echo $1"
    fake uname 'echo Linux'
}

# manager NAME: a package manager that logs its command line and installs everything.
manager() {
    fake "$1" "echo \"$1 \$*\" >>'$PWD/log'
for program in cc make pkg-config jq gnuplot parallel zip unzip zstd ps; do
    printf '#!/bin/sh\n' >'$PWD/bin/'\$program
    /bin/chmod +x '$PWD/bin/'\$program
done"
}

install_deps() {
    run env -i PATH="$PWD/bin" sh "$ROOT/scripts/install-deps.sh" "$@"
}

expect_log() {
    printf '%s\n' "$@" >expected
    expect_same_files expected log
}

test_prints_nothing_if_nothing_is_missing() {
    run "$ROOT/scripts/install-deps.sh" --build
    expect_status 0
    expect_no_stdout
    expect_no_stderr
}

test_apt_as_root() {
    machine 0
    manager apt-get
    fake env 'shift; exec "$@"'
    install_deps
    expect_status 0
    expect_stderr 'install-deps: installing with apt, which may take a minute: gcc libc6-dev make pkg-config libcjson-dev zlib1g-dev libzstd-dev check libedit-dev jq gnuplot-nox parallel zip unzip zstd procps'
    expect_log 'apt-get -qq -o DPkg::Lock::Timeout=120 update' \
        'apt-get -qq -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 install -y --no-install-recommends gcc libc6-dev make pkg-config libcjson-dev zlib1g-dev libzstd-dev check libedit-dev jq gnuplot-nox parallel zip unzip zstd procps'
    rm log
    install_deps
    expect_status 0
    expect_no_stderr
    expect_no_file log
}

test_apt_for_arm() {
    machine 0
    manager apt-get
    fake env 'shift; exec "$@"'
    install_deps
    rm log
    install_deps --arm
    expect_status 1 # the fake manager installs neither
    expect_stderr_contains ': gcc-aarch64-linux-gnu qemu-user' 'still missing: aarch64-linux-gnu-gcc qemu-aarch64;'
}

test_sudo_only_if_needed() {
    machine 1000
    manager dnf
    install_deps --build
    expect_refusal 1 'sudo is missing' 'gcc make pkgconf-pkg-config cjson-devel zlib-devel libzstd-devel'
    expect_no_file log
    fake sudo "echo \"sudo \$*\" >>'$PWD/log'; exec \"\$@\""
    install_deps --build
    expect_status 0
    expect_stderr 'install-deps: installing with dnf (through sudo), which may take a minute: gcc make pkgconf-pkg-config cjson-devel zlib-devel libzstd-devel'
    expect_log 'sudo dnf -q -y install gcc make pkgconf-pkg-config cjson-devel zlib-devel libzstd-devel' \
        'dnf -q -y install gcc make pkgconf-pkg-config cjson-devel zlib-devel libzstd-devel'
}

test_other_managers() {
    machine 0
    manager pacman
    install_deps
    expect_log 'pacman -Sy --needed --noconfirm gcc make pkgconf cjson zlib zstd check libedit jq gnuplot parallel zip unzip procps-ng'
    rm -rf bin log
    machine 0
    manager apk
    install_deps
    expect_log 'apk add --no-cache gcc musl-dev make pkgconf cjson-dev zlib-dev zstd-dev check-dev libedit-dev jq gnuplot parallel zip unzip zstd procps'
    rm -rf bin log
    machine 501
    manager brew
    install_deps
    expect_log 'brew install gcc make pkgconf cjson zlib zstd check libedit jq gnuplot parallel zip unzip procps'
}

test_no_known_manager() {
    machine 0
    install_deps
    expect_refusal 1 'missing: cc make pkg-config cjson zlib libzstd check libedit jq gnuplot parallel zip unzip zstd procps; found none of apt, dnf, pacman, apk and brew' 'by hand'
}

test_manager_fails() {
    machine 0
    fake apk 'echo "apk: no network" >&2; exit 3'
    install_deps
    expect_status 1
    expect_stderr_contains 'apk: no network' 'install-deps: apk failed to install: gcc musl-dev'
}

test_manager_installs_too_little() {
    machine 0
    fake apk ':'
    install_deps --build
    expect_status 1
    expect_stderr_contains 'still missing: cc make pkg-config cjson;'
}

test_missing_optional_programs_without_root() {
    machine 1000
    manager dnf
    fake sudo 'exec "$@"'
    install_deps
    rm bin/sudo bin/jq
    install_deps
    expect_status 0
    expect_stderr_contains 'missing packages: jq;' 'sudo is missing'
    rm bin/make
    install_deps
    expect_refusal 1 'missing packages: make jq;'
}

test_unknown_compiler() {
    machine 0
    manager apk
    run env -i PATH="$PWD/bin" CC=clangg sh "$ROOT/scripts/install-deps.sh"
    expect_refusal 1 "cannot find the compiler 'clangg' (CC); nothing was installed"
    expect_no_file log
}

test_misuse() {
    machine 0
    install_deps --everything
    expect_status 2
    expect_no_stdout
    expect_stderr_contains 'usage: scripts/install-deps.sh [--build | --dev | --arm]'
}
