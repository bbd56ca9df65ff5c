#!/bin/sh
# Builds the real ruclip and youtokentome to compare with: they are never part of Mazok's own
# environment. Needs a C++ compiler and Python's headers. The environment borrows torch from the
# Python it is given:
#
#     ruclip_environment.sh [FOLDER] [PYTHON]
set -eu

folder=${1:-${CONFORMANCE_RUCLIP:-/tmp/conformance-ruclip}}
python=${2:-.venv/bin/python}
[ -e "$folder/.ready" ] && exit 0

packages() { "$1" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])'; }
install() { "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; }

"$python" -m venv --clear "$folder"
packages "$python" > "$(packages "$folder/bin/python")/borrowed.pth"
# youtokentome needs Cython and does not say so; ruclip pins a hub client of 2021.
install 'cython>=3,<4' 'setuptools>=65' wheel more-itertools tqdm
install --no-deps --no-build-isolation youtokentome==1.0.6
install --no-deps ruclip==0.0.2
touch "$folder/.ready"
