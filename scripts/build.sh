# Configures and builds a preset, quietly. Sourced by the other scripts, after packages.sh.
# shellcheck shell=bash disable=SC2034,SC2154

# One compiler needs up to about 1 GB: a small machine gets fewer at a time.
jobs_here() {
    local cores gigabytes
    cores=$(nproc)
    gigabytes=$(awk '/^MemAvailable:/ { print int($2 / 1000000) }' /proc/meminfo 2>/dev/null)
    gigabytes=${gigabytes:-1}
    [ "$gigabytes" -lt 1 ] && gigabytes=1
    [ "$gigabytes" -lt "$cores" ] && cores=$gigabytes
    printf '%s\n' "$cores"
}

# Shows "[12/85]" on a terminal; a pipe gets nothing.
show_progress() {
    local line
    while IFS= read -r line; do
        case $line in
            \[*/*\]*) [ -t 2 ] && printf '\r  %s ' "${line%%]*}]" >&2 ;;
        esac
    done
    [ -t 2 ] && printf '\r\033[K' >&2
    return 0
}

# build PRESET TARGET [CMAKE-ARG...]: configures where that was not done, with the arguments, and
# builds one target.
# Talks on standard error only. On failure shows the end of the log and returns 2.
build() {
    local preset=$1 target=$2 folder=$root/build/$1 log=$root/build/$1.log launcher=()
    shift 2
    mkdir -p "$root/build" || return 2
    # Two calls at once wait for each other; the lock ends with this function's sub-shell.
    (
        flock 9
        : >"$log"
        # A tree that was copied or moved carries a build folder that is not its own.
        if [ ! -e "$folder/build.ninja" ] ||
            ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$folder/CMakeCache.txt"; then
            say "Building smtpaudit (preset $preset) in build/$preset; the first time takes minutes."
            command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
            (cd "$root" && cmake --fresh --preset "$preset" "${launcher[@]}" "$@") \
                </dev/null >>"$log" 2>&1 || exit 2
        fi
        # A cache that makes paths relative would change the build id of what is packed.
        [ "$preset" = release ] && export CCACHE_BASEDIR=''
        set -o pipefail
        cmake --build "$folder" --target "$target" --parallel "$(jobs_here)" </dev/null 2>&1 |
            tee -a "$log" | show_progress || exit 2
    ) 9>"$root/build/$preset.lock" || {
        say "The build (preset $preset) failed. The end of build/$preset.log:"
        tail -n 40 "$log" >&2
        return 2
    }
}

# Tests of scripts, samples and pages: scripts/test runs them, and a build that looks into the program
# sees nothing in them.
not_our_code='^(check-layers|sample-reports|e2e: scripts|browser: |docs: |faults: docs/|package: )'
