#!/bin/sh
# Installs the real transformers, by which open_clip reads texts in many languages, to compare
# with: it is never part of Mazok's own environment. It borrows torch and open_clip from the Python
# it is given:
#
#     clip_environment.sh [FOLDER] [PYTHON]
set -eu

folder=${1:-${CONFORMANCE_CLIP:-/tmp/conformance-clip}}
python=${2:-.venv/bin/python}
[ -e "$folder/.ready" ] && exit 0

packages() { "$1" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])'; }

"$python" -m venv --clear "$folder"
packages "$python" > "$(packages "$folder/bin/python")/borrowed.pth"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
    transformers==5.23.0 typer==0.29.2 shellingham==1.5.4 annotated-doc==0.0.7
touch "$folder/.ready"
