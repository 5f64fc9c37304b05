#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Node, Tailscale, our own code and OpenClaw, owned by root and writable by nobody else.
set -eu

target=/opt/office-claws
install -d -o root -g root -m 0755 "$target" "$target/bin" "$target/agent-image" /var/lib/office-claws
install -o root -g root -m 0755 "$CLAWS_PAYLOAD/node" "$target/bin/node"
ln -sfn "$target/bin/node" /usr/local/bin/node
install -o root -g root -m 0755 "$CLAWS_PAYLOAD/tailscale" /usr/bin/tailscale
install -o root -g root -m 0755 "$CLAWS_PAYLOAD/tailscaled" /usr/sbin/tailscaled
install -d -o root -g root -m 0700 /var/lib/tailscale

# The same layout as in the repository, so that relative imports hold.
for part in protocol broker agent-image/daemon agent-image/panel agent-image/workloads; do
  rm -rf "${target:?}/$part"
  [ -d "$CLAWS_SOURCE/$part" ] || continue
  cp -r "$CLAWS_SOURCE/$part" "$target/$part"
done
# Node asks the nearest package.json whether .js files are ES modules.
printf '{ "type": "module" }\n' >"$target/package.json"
chown -R root:root "$target"
find "$target" -type d -exec chmod 0755 {} +
find "$target" -type f ! -path "$target/bin/*" -exec chmod 0644 {} +

# OpenClaw, when the payload has it: installed from its lock file and packed by openClawArchive.ts.
rm -rf "${target:?}/openclaw"
if [ -f "$CLAWS_PAYLOAD/openclaw.tar.gz" ]; then
  install -d -o root -g root -m 0755 "$target/openclaw"
  tar --extract --gzip --no-same-owner --same-permissions --file "$CLAWS_PAYLOAD/openclaw.tar.gz" --directory "$target/openclaw"
fi
