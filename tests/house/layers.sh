# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What ./dev test is made of: how each layer runs, in which order, and how long each phase took. ./dev sources this file.

# phase NAME COMMAND…: notes in build/results/phases how long the command took: the seconds that passed, and the seconds of
# the processors that it and its children took. Its exit code is the command's.
phase() {
    local name=$1 status=0 measured=build/results/.phase.$BASHPID wall user system TIMEFORMAT='%R %U %S'
    shift
    { time "$@" 2>&3 3>&-; } 3>&2 2>"$measured" || status=$?
    read -r wall user system < <(tail -n 1 "$measured")
    printf '%s\t%s\t%s\t%s\t%s\n' "$name" "$wall" "$user" "$system" "$status" >>build/results/phases
    rm -f "$measured"
    return "$status"
}

# built VARIANT TARGETS…: builds them as a phase. One that cannot be built is a failure in the tally.
built() {
    phase "build $*" "build_$1" "${@:2}" && return
    echo "build $1" >>build/results/failed
    return 1
}

# boost_layer LABEL VARIANT: the Boost.Test programs of one label, as built in build/VARIANT.
boost_layer() {
    steadily "$2" ctest --test-dir "build/$2" --label-regex "^$1\$" --output-on-failure --no-tests=error \
        --output-junit "results/$1.ctest.xml" >&2
}

# The thread sanitizer finds no room for itself where the kernel scatters a program more widely than it knows.
steadily() {
    local steady=()
    [[ $1 != tsan ]] || ! setarch -R true 2>/dev/null || steady=(setarch -R)
    "${steady[@]}" "${@:2}"
}

# pytest_layer LAYER: as pytest says how it went, so says this.
pytest_layer() { run_pytest -ra -o junit_family=xunit1 --junitxml "build/results/$1.xml" "tests/$1"; }

run_pytest() { /usr/bin/python3 -m pytest -q -p no:cacheprovider "$@" >&2; }

# npm_packages DIRECTORY: what does not come from Debian, of the versions and with the checksums that package-lock.json names.
npm_packages() {
    if [[ ! $1/node_modules/.package-lock.json -nt $1/package-lock.json ]]; then
        npm ci --prefix "$1" --no-audit --no-fund --ignore-scripts --loglevel=error >&2
    fi
}

# with_node COMMAND…: where node is one that is new enough.
with_node() {
    local PATH=$PATH
    has_node || PATH=/usr/bin:$PATH
    "$@"
}

browser_layer() {
    local here=tests/browser results=build/results/browser.xml
    npm_packages "$here" || return
    node --test --test-reporter=spec --test-reporter-destination=stderr \
        --test-reporter=junit --test-reporter-destination="$results" "$here"/*.test.js
}

# Some of its tests run applications in Node: an older one beside the gateway, and those of docs/integrate.md behind it.
applications() { npm_packages tests/legacy/app && npm_packages tests/integration/apps; }

integration_layer() {
    applications || return
    pytest_layer integration
}

# run_layer LAYER [VARIANT]: goes on when tests fail; the tally at the end has the last word.
run_layer() {
    say "testing: $*"
    case $1 in
        unit | contract | threads) phase "$*" boost_layer "$@" ;;
        integration | browser) phase "$*" with_node "$1_layer" ;;
        fuzz) phase "$*" with_node pytest_layer fuzz ;;
        *) phase "$*" pytest_layer "$1" ;;
    esac || echo "$*" >>build/results/failed
}

# build_and_run LAYER: what the layer needs, then the layer.
build_and_run() {
    case $1 in
        unit | contract)
            built release all_tests || return
            run_layer "$1" release
            built asan all_tests || return
            run_layer "$1" asan
            ;;
        threads)
            built tsan || return
            run_layer "$1" tsan
            ;;
        fuzz)
            built fuzz || return
            run_layer "$1"
            ;;
        faults)
            built release gatehouse gatehouse_planted || return
            run_layer "$1"
            ;;
        integration)
            built release gatehouse || return
            [[ -z ${whole_run:-} ]] || ! in_ci || behind_the_tests
            run_layer "$1"
            [[ -z ${behind:-} ]] || wait "$behind" || lint=1
            ;;
        *)
            built release gatehouse || return
            run_layer "$1"
            ;;
    esac
}

run_layers() {
    local layer
    for layer in "$@"; do
        build_and_run "$layer" || return
    done
}

run_tests() {
    local whole_run='' behind='' lint=0
    if [[ " $* " == *" --only "* ]]; then
        run_only "$@"
        return
    fi
    if [[ $# -eq 0 ]]; then
        whole_run=yes
        set -- unit contract threads integration faults browser house
        # The integration tests wait more than they compute: whatever else the processors have to do is done behind them.
        ! in_ci || set -- integration unit contract threads faults browser house fuzz
    fi
    known_layers "$@"
    rm -rf build/results build/*/results
    mkdir -p build/results
    run_layers "$@" || true # what could not be built stands in the tally
    [[ -z $behind ]] || cat build/behind.log >&2
    /usr/bin/python3 tests/house/tally.py build && return "$lint"
}

known_layers() {
    local layer
    for layer in "$@"; do
        [[ $layer =~ ^(unit|contract|threads|integration|faults|browser|house|fuzz)$ ]] ||
            die "no such layer: $layer (unit contract threads integration faults browser house fuzz)"
    done
}

# It takes what the tests leave of the processors. They have sessions of their own, and so has it: the kernel shares the
# processors out among these, wherever it groups by session.
behind_the_tests() {
    # shellcheck disable=SC2016
    setsid --wait bash -c '{ echo 19 >/proc/self/autogroup; } 2>/dev/null; exec "$@"' behind \
        chrt --idle 0 "$PWD/dev" --behind >build/behind.log 2>&1 &
    behind=$!
}

# behind: builds what the next layers need, and lints. What cannot be built is built once more by its layer, which tells. Its
# exit code is the linters'.
behind() {
    phase "behind integration: build asan" build_asan all_tests || true
    phase "behind integration: build release" build_release all_tests gatehouse_planted || true
    phase "behind integration: build tsan" build_tsan || true
    phase "behind integration: build fuzz" build_fuzz || true
    phase "behind integration: lint" run_lint
}

# run_only [LAYER] --only NAME: the tests of that name, and of the build only what they need.
run_only() {
    local layers=() name='' plan words bad=0 begin=$SECONDS
    while [[ $# -gt 0 ]]; do
        if [[ $1 == --only ]]; then
            name=${2-}
            shift $(($# > 1 ? 2 : 1))
        else
            layers+=("$1")
            shift
        fi
    done
    plan=$(/usr/bin/python3 tests/house/only.py "$name" "${layers[@]}") || return
    while IFS=$'\t' read -r -a words <&3; do
        only "${words[@]}" 3<&- || bad=1
    done 3<<<"$plan"
    say "$( ((bad)) && echo FAILED || echo passed): $name, $((SECONDS - begin)) s"
    return "$bad"
}

# only LAYER PROGRAM ARGUMENTS…: a line of tests/house/only.py.
only() {
    local layer=$1 program=$2 here=$PWD targets=(gatehouse)
    shift 2
    case $layer in
        unit | contract)
            build_release "$program" && cd build/release && "./$program" "$@" >&2
            ;;
        threads)
            build_tsan && cd build/tsan && TSAN_OPTIONS=die_after_fork=0 steadily tsan "./$program" "$@" >&2
            ;;
        browser)
            build_release gatehouse && with_node npm_packages tests/browser &&
                with_node node --test --test-reporter=spec "$@" "$program" >&2
            ;;
        fuzz)
            install_missing build fuzz && build_fuzz && with_node run_pytest "$@"
            ;;
        house)
            run_pytest "$@"
            ;;
        *)
            ! grep -q gatehouse_planted "${@%%::*}" || targets+=(gatehouse_planted)
            build_release "${targets[@]}" && with_node applications && with_node run_pytest "$@"
            ;;
    esac || {
        cd "$here" || return
        return 1
    }
    cd "$here" || return
}
