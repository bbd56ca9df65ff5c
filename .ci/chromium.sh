#!/bin/sh
# Install Chromium where it is missing and we may, with a font for emoji; the browser tests use it.
set -eu
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then
    exit 0
  fi
done
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "Chromium is missing; on Debian: sudo apt-get install chromium fonts-noto-color-emoji" >&2
  exit 1
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
  --no-install-recommends chromium fonts-noto-color-emoji fonts-noto-core && command -v chromium; } \
  >"$log" 2>&1 || { tail -n 20 "$log" >&2; exit 1; }
