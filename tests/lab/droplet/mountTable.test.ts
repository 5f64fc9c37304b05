// SPDX-License-Identifier: Apache-2.0
import { mountsBelow, parseMountTable, readMountTable } from "../../../lab/droplet/mountTable.ts";

const table = [
  "21 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard",
  "40 21 0:35 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw",
  "41 21 0:36 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd",
  "50 21 0:40 / /lab/a/root rw master:3 propagate_from:2 - overlay overlay rw,lowerdir=/x,upperdir=/y",
  "51 50 0:41 / /lab/a/root/tmp\\040with\\134blanks rw - tmpfs tmpfs rw",
  "52 21 0:42 / /lab/ab rw - tmpfs tmpfs rw",
  "",
].join("\n");

describe("parseMountTable", () => {
  it("reads target, type and options, whatever the number of optional fields", () => {
    expect(parseMountTable(table).map(({ target, type }) => [target, type])).toEqual([
      ["/", "ext4"],
      ["/sys/fs/cgroup/unified", "cgroup2"],
      ["/sys/fs/cgroup/systemd", "cgroup"],
      ["/lab/a/root", "overlay"],
      ["/lab/a/root/tmp with\\blanks", "tmpfs"],
      ["/lab/ab", "tmpfs"],
    ]);
    expect(parseMountTable(table)[2]?.options).toEqual(["rw", "name=systemd"]);
  });

  it("reads this machine's own table", async () => {
    expect((await readMountTable()).map(({ target }) => target)).toContain("/");
  });
});

describe("mountsBelow", () => {
  it("names what must be taken off, the innermost first, and no neighbour with the same beginning", () => {
    const mounts = parseMountTable(table);
    expect(mountsBelow(mounts, "/lab/a")).toEqual(["/lab/a/root/tmp with\\blanks", "/lab/a/root"]);
    expect(mountsBelow(mounts, "/lab/ab")).toEqual(["/lab/ab"]);
    expect(mountsBelow(mounts, "/nowhere")).toEqual([]);
  });
});
