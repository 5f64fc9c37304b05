#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Nothing that listens, logs in or configures the machine behind our back. Last but one: on a build droplet the connection
# that runs these scripts belongs to the SSH server removed here (an open connection survives that).
set -eu

present=""
for package in openssh-server openssh-sftp-server cloud-init cloud-guest-utils droplet-agent do-agent rsyslog cron sudo \
  ifupdown isc-dhcp-client dhcpcd-base avahi-daemon exim4-base postfix rpcbind; do
  if dpkg-query -W "$package" >/dev/null 2>&1; then
    present="$present $package"
  fi
done
if [ -n "$present" ]; then
  # shellcheck disable=SC2086 # a list of package names
  apt-get -q -y --allow-remove-essential purge $present
  apt-get -q -y autoremove --purge
fi
rm -rf /etc/ssh /etc/cloud /var/lib/cloud /etc/sudoers.d /opt/digitalocean /root/.ssh
