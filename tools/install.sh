#!/bin/sh
# Builds .venv: the locked tools and libraries, this project in editable form, and the ignored files the tools read.
#
#   tools/install.sh STAMP [PYTHON]
#
# Rule of this file: needs Python 3.11 or newer and nothing else; running it again repairs whatever is missing.
set -eu
cd "$(dirname "$0")/.."
stamp=$1
wanted=${2:-}
venv=.venv

# Fails unless "$1" runs, is new enough and can make a virtual environment (Debian packs that apart).
usable() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for candidate in ${wanted:+"$wanted"} ${wanted:-python3.11 python3 python3.14 python3.13 python3.12}; do
        if usable "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    echo "No usable Python: version 3.11 or newer with the venv and ensurepip modules is needed." >&2
    echo "Tried: ${wanted:-python3.11 python3 python3.14 python3.13 python3.12}" >&2
    echo "On Debian and Ubuntu: apt-get install python3 python3-venv. Otherwise name one: make install PYTHON=..." >&2
    exit 2
}

# A virtual environment knows its own absolute place: one that was copied or moved along with the checkout is made anew,
# as is one whose interpreter is gone.
at_home() {
    usable "$venv/bin/python" && [ "$(cat "$venv/place" 2>/dev/null)" = "$PWD" ]
}
if [ -f "$venv/pyvenv.cfg" ] && ! at_home; then
    echo "$venv belongs to another place or interpreter: making it anew"
    rm -rf "$venv"
fi
if [ ! -x "$venv/bin/python" ]; then
    python=$(find_python)
    echo "Making $venv with $("$python" --version) ($python)"
    "$python" -m venv "$venv"
    printf '%s\n' "$PWD" >"$venv/place"
fi

export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_REQUIRE_VIRTUALENV=1
pip() {
    "$venv/bin/python" -m pip --quiet "$@"
}
echo "Installing locked packages (a minute or two the first time)"
# The lock is complete, so pip has nothing to resolve. Left to resolve "coverage[toml]" of the lock's "coverage", older
# pips take the newest release instead and then refuse it for its missing hash.
pip install --require-hashes --no-deps --requirement requirements/dev.lock
"$venv/bin/python" -m pip check
pip install --no-deps --no-build-isolation --editable .

# protoc lives apart from site-packages: it is older than the run time on purpose, and would hold protobuf back.
rm -rf "$venv/protoc"
pip install --require-hashes --no-deps --target "$venv/protoc" --requirement requirements/protoc.lock

"$venv/bin/python" tools/gen_protos.py google-api
rm -f "$venv"/installed-*
touch "$stamp"
echo "Ready: $venv"
