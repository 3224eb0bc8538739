# The one list of Debian 12 packages, and how they are installed. Sourced by the other scripts.
# shellcheck shell=bash disable=SC2034,SC2154

# What the program is built from.
build_packages=(
    g++ cmake ninja-build pkg-config
    libcurl4-openssl-dev libssl-dev libsqlite3-dev
    nlohmann-json3-dev libsimdjson-dev libtomlplusplus-dev
    libcli11-dev libfmt-dev libexpected-dev
    ca-certificates
)

# What the Debian package is made with besides.
package_packages=(dpkg-dev file python3)

# What its tests and checks need besides.
test_packages=(
    catch2 libcpp-httplib-dev libbenchmark-dev
    python3 python3-jsonschema
    clang-14 libclang-rt-14-dev clang-format-14 clang-tidy-14 zlib1g-dev
    cppcheck valgrind llvm-14
    util-linux
    prometheus jq  # promtool judges our metrics; the cookbook of docs/dashboards.md is run
    nodejs chromium  # the HTML report in a real browser
    groff-base zsh fish  # the manual page and the completions, where they are used
    "${package_packages[@]}" lintian
    openssl  # keys for the foreign OAuth2 server of tests/oidc; TLS servers of tests/faults
    faketime strace locales tzdata binutils  # tests/faults, tests/hardening
)
# Debian has npm in a package of its own; other builds of nodejs bring it, and do not go with that.
command -v npm >/dev/null || test_packages+=(npm)

say() { printf '%s\n' "$*" >&2; }

is_debian_12() {
    [ -r /etc/os-release ] &&
        ( . /etc/os-release && [ "${ID:-}" = debian ] && [ "${VERSION_ID:-}" = 12 ] )
}

# Prints those of the named packages that are not installed.
missing_packages() {
    local installed package
    installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
    for package in "$@"; do
        case $'\n'$installed$'\n' in
            *$'\n'"$package installed"$'\n'*) ;;
            *) printf '%s\n' "$package" ;;
        esac
    done
}

# install_packages NAME...: on Debian 12 installs what is missing; anywhere else names it and stops.
# Nothing is printed when nothing is missing. Standard input is left alone.
install_packages() {
    if ! is_debian_12; then
        say "This script installs packages on Debian 12 only. Here, install what these hold:"
        say "  $*"
        say "then build by hand: cmake --preset release && cmake --build --preset release"
        return 2
    fi
    local missing as_root=() apt_line
    mapfile -t missing < <(missing_packages "$@")
    [ "${#missing[@]}" -eq 0 ] && return 0

    # --no-remove: a build must never take a package away from a machine.
    apt_line="apt-get install -y --no-install-recommends --no-remove ${missing[*]}"
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            say "These packages are missing. As root: apt-get update && $apt_line"
            return 2
        fi
        as_root=(sudo)
    fi
    say "+ ${as_root[*]:+sudo }apt-get update && ${as_root[*]:+sudo }$apt_line"
    local wait=(-o DPkg::Lock::Timeout=120)
    "${as_root[@]}" apt-get "${wait[@]}" -q update </dev/null >&2 || {
        say "apt-get update failed; its reason is above"
        return 2
    }
    # shellcheck disable=SC2086  # the words of the printed line are the arguments
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        ${apt_line/#apt-get/apt-get ${wait[*]} -q -o Dpkg::Use-Pty=0} </dev/null >&2 || {
        say "apt-get install failed; its reason is above"
        return 2
    }
}
