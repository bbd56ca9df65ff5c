#!/bin/sh
# Installs the real taming-transformers-rom1504, with the Lightning and the omegaconf of the
# years when the published checkpoints were written, to compare with: they are never part of
# Mazok's own environment. It borrows torch from the Python it is given:
#
#     vqgan_environment.sh [FOLDER] [PYTHON]
set -eu

folder=${1:-${CONFORMANCE_VQGAN:-/tmp/conformance-vqgan}}
python=${2:-.venv/bin/python}
[ -e "$folder/.ready" ] && exit 0

packages() { "$1" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])'; }

"$python" -m venv --clear "$folder"
packages "$python" > "$(packages "$folder/bin/python")/borrowed.pth"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
    taming-transformers-rom1504==0.0.6 pytorch-lightning==1.0.8 omegaconf==2.0.0 \
    einops==0.8.2 future==1.0.0
touch "$folder/.ready"
