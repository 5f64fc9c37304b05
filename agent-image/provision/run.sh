#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Turns a Debian 13 root into an agent image: runs the numbered scripts in order, as root, inside that root.
# CLAWS_PAYLOAD is the folder that agent-image/payload.ts made.
set -eu
umask 022

CLAWS_PAYLOAD="${CLAWS_PAYLOAD:-/tmp/claws-payload}"
CLAWS_SOURCE="$CLAWS_PAYLOAD/source"
CLAWS_FILES="$CLAWS_SOURCE/agent-image/files"
export CLAWS_PAYLOAD CLAWS_SOURCE CLAWS_FILES
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive

if [ "$(id -u)" != 0 ]; then
  echo "cannot provision: not root" >&2
  exit 1
fi
for needed in node tailscale tailscaled source/agent-image/daemon/main.js; do
  if [ ! -f "$CLAWS_PAYLOAD/$needed" ]; then
    echo "cannot provision: the payload \"$CLAWS_PAYLOAD\" has no \"$needed\"" >&2
    exit 1
  fi
done

for script in "$CLAWS_SOURCE"/agent-image/provision/[0-9][0-9]-*.sh; do
  echo "provision: ${script##*/}"
  sh "$script"
done
