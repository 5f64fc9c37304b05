#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Which units run, and which never may.
set -eu

# By links instead of `systemctl enable`, which behaves differently where systemd is not running.
enable_unit() {
  unit="$1" wanted_by="$2"
  install -d -m 0755 "/etc/systemd/system/$wanted_by.wants"
  ln -sfn "$3/$unit" "/etc/systemd/system/$wanted_by.wants/$unit"
}

for unit in claws-closed.service claws-nftables.service; do
  enable_unit "$unit" sysinit.target /etc/systemd/system
done
for unit in tailscaled.service claws-first-boot.service clawsd.service claws-workload.service claws-workload-restart.path; do
  enable_unit "$unit" multi-user.target /etc/systemd/system
done
for unit in claws-network.service claws-egress.service; do
  enable_unit "$unit" multi-user.target /etc/systemd/system
done
enable_unit systemd-networkd.service multi-user.target /usr/lib/systemd/system
enable_unit systemd-timesyncd.service sysinit.target /usr/lib/systemd/system
ln -sfn /usr/lib/systemd/system/multi-user.target /etc/systemd/system/default.target

# nftables.service flushes every rule when it stops; swap would write keys to the disk; nobody logs in on a console, and a login over
# the tailnet is a unit of its own, not a session of logind's with a manager of its own;
# the rest is work at boot that an image which is replaced, not maintained, does not need.
for unit in nftables.service swap.target systemd-networkd-wait-online.service \
  getty@.service serial-getty@.service console-getty.service container-getty@.service autovt@.service \
  user@.service user-runtime-dir@.service \
  ctrl-alt-del.target debug-shell.service rescue.service emergency.service \
  systemd-firstboot.service systemd-homed.service systemd-userdbd.service systemd-hibernate.service systemd-suspend.service \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer; do
  ln -sfn /dev/null "/etc/systemd/system/$unit"
done
