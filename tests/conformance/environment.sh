#!/bin/sh
# Installs the original packages to compare with: they are never part of Mazok's own environment.
#
#     environment.sh vqgan|clip|ruclip|drafters …
#
# vqgan   taming-transformers-rom1504, with the Lightning and the omegaconf of the years when the
#         published checkpoints were written; the first taming-transformers in a folder of its own
# clip    transformers, by which open_clip reads texts in many languages
# ruclip  ruclip and youtokentome; needs a C++ compiler and Python's headers
# drafters  rudalle, rudolph, min-dalle and taming's transformer, with what they import
#
# Each environment lies in .venv-conformance/ and borrows torch from .venv. It names in .ready the
# packages that it borrows, and is made anew when they lie elsewhere or this script has changed.
set -eu

packages() { "$1" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])'; }
install() { "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; }

borrowed=$(packages .venv/bin/python)
made=$(cksum < "$0")
for name in "$@"; do
    folder=.venv-conformance/$name
    [ "$(cat "$folder/.ready" 2>/dev/null)" = "$borrowed $made" ] && continue
    .venv/bin/python -m venv --clear "$folder"
    echo "$borrowed" > "$(packages "$folder/bin/python")/borrowed.pth"
    case $name in
    vqgan)
        install --no-deps --target "$folder/first" taming-transformers==0.0.1
        install --no-deps taming-transformers-rom1504==0.0.6 pytorch-lightning==1.0.8 \
            omegaconf==2.0.0 einops==0.8.2 future==1.0.0
        ;;
    clip)
        install --no-deps transformers==5.23.0 typer==0.29.2 shellingham==1.5.4 \
            annotated-doc==0.0.7
        ;;
    ruclip)
        # youtokentome needs Cython and does not say so; ruclip pins a hub client of 2021.
        install 'cython>=3,<4' 'setuptools>=65' wheel more-itertools tqdm
        install --no-deps --no-build-isolation youtokentome==1.0.6
        install --no-deps ruclip==0.0.2
        ;;
    drafters)
        install --no-deps rudalle==1.1.3 rudolph==0.0.1rc10 min-dalle==0.4.11 \
            taming-transformers-rom1504==0.0.6 pytorch-lightning==1.0.8 omegaconf==2.0.0 \
            transformers==4.30.2 tokenizers==0.13.3 huggingface_hub==0.25.2 einops==0.8.2 \
            more-itertools==11.2.1 future==1.0.0 requests==2.34.2 charset-normalizer==3.5.3 \
            urllib3==2.8.0 PyWavelets==1.9.0
        ;;
    *)
        echo "There is no environment $name: vqgan, clip, ruclip or drafters." >&2
        exit 2
        ;;
    esac
    echo "$borrowed $made" > "$folder/.ready"
done
