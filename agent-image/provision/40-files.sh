#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Units, rule sets and settings: files/ mirrors the root file system and is copied in unchanged; what lies in a bin/ is a program.
set -eu

cd "$CLAWS_FILES"
find . -type f | while read -r file; do
  case "$file" in
    */bin/*) mode=0755 ;;
    *) mode=0644 ;;
  esac
  install -D -o root -g root -m "$mode" "$file" "/${file#./}"
done
