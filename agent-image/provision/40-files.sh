#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Units, rule sets and settings: files/ mirrors the root file system and is copied in unchanged.
set -eu

cd "$CLAWS_FILES"
find . -type f | while read -r file; do
  install -D -o root -g root -m 0644 "$file" "/${file#./}"
done
