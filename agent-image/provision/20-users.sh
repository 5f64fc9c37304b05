#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Two system users without shell, home or password. Fixed numbers, so that two builds are the same.
set -eu

add_user() {
  name="$1" number="$2"
  getent group "$name" >/dev/null || groupadd --system --gid "$number" "$name"
  getent passwd "$name" >/dev/null ||
    useradd --system --uid "$number" --gid "$name" --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$name"
  usermod --lock "$name"
}

add_user clawsd 940
add_user agent 941

# Nobody logs in here with a password or on a console, so DigitalOcean's recovery console has no way in. Tailscale SSH, where the
# agent has it, starts root's shell: a program that knows how to leave tailscaled's sandbox, and does nothing for anybody else.
usermod --lock root
usermod --shell /usr/lib/office-claws/bin/ssh-session root
# useradd keeps a copy of each file it changed.
rm -f /etc/passwd- /etc/group- /etc/shadow- /etc/gshadow- /etc/subuid- /etc/subgid-
