#!/bin/sh
# Writes requirements/*.lock: every version and hash that a checkout installs, for all platforms, without host names.
# Needs uv (`pip install uv`), because pip alone cannot lock for other platforms. Run it after changing pyproject.toml.
set -eu
cd "$(dirname "$0")/.."
command -v uv >/dev/null || { echo "make lock needs uv on the PATH: pip install uv" >&2; exit 2; }

lock() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" "$@"
}

lock pyproject.toml --group pyproject.toml:dev --output-file requirements/dev.lock ${UPGRADE:+--upgrade}
# The code generator stands alone: it is older than the run time on purpose (see tools/gen_protos.py).
lock requirements/protoc.in --no-deps --output-file requirements/protoc.lock
