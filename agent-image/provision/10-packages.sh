#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing of packages.txt. In the lab nothing is, so no network is needed there.
set -eu

missing=""
for package in $(grep -v '^#' "$CLAWS_SOURCE/agent-image/packages.txt"); do
  if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" != installed ]; then
    missing="$missing $package"
  fi
done
[ -n "$missing" ] || exit 0

apt-get -q update
# shellcheck disable=SC2086 # a list of package names
apt-get -q -y --no-install-recommends install $missing
