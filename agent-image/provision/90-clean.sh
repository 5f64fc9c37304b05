#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What one machine must not inherit from another: identities, seeds, leases, logs, caches, history.
set -eu

: >/etc/machine-id
chmod 0444 /etc/machine-id
rm -f /var/lib/dbus/machine-id /var/lib/systemd/random-seed /var/lib/systemd/credential.secret /etc/hostname
rm -rf /var/lib/tailscale/* /var/lib/office-claws/* /var/lib/clawsd /var/lib/dhcp /var/lib/systemd/timers/* /etc/netplan
rm -f /root/.bash_history /root/.lesshst /root/.wget-hsts /etc/network/interfaces

# What systemd would otherwise make at the first boot of every machine.
ldconfig
systemd-sysusers
systemd-hwdb --usr update 2>/dev/null || true
journalctl --update-catalog
/usr/lib/systemd/systemd-update-done

apt-get -q clean
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/cache/ldconfig/aux-cache /var/lib/dpkg/*-old
find /var/log -type f -delete
rm -rf /var/log/journal/*
# A plain file, not a link into /run: claws-network.service rewrites it from the metadata service.
rm -f /etc/resolv.conf
: >/etc/resolv.conf
