#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Swap off and programs that run as somebody else no longer do so, but for the allow list.
set -eu

if [ -f /etc/fstab ]; then
  sed -i '/^[^#][^[:space:]]*[[:space:]]\{1,\}[^[:space:]]\{1,\}[[:space:]]\{1,\}swap[[:space:]]/d' /etc/fstab
fi
rm -f /swapfile /swap.img

allowed="$CLAWS_SOURCE/agent-image/provision/setuid-allowed.txt"
find / -xdev -type f \( -perm -4000 -o -perm -2000 \) ! -path '/proc/*' ! -path '/sys/*' ! -path '/tmp/*' | sort |
  while read -r program; do
    if grep -qxF "$program" "$allowed"; then continue; fi
    # An override, not only chmod: an upgrade of the package must not bring the bit back.
    dpkg-statoverride --quiet --remove "$program" >/dev/null 2>&1 || true
    dpkg-statoverride --update --add root root 0755 "$program"
  done
