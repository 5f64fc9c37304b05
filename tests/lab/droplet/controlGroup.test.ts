// SPDX-License-Identifier: Apache-2.0
import { systemdHierarchies } from "../../../lab/droplet/controlGroup.ts";
import type { Mount } from "../../../lab/droplet/mountTable.ts";

const mount = (target: string, type: string, ...options: string[]): Mount => ({ target, type, options });

describe("systemdHierarchies", () => {
  it("is the one hierarchy of version 2", () => {
    expect(systemdHierarchies([mount("/", "ext4"), mount("/sys/fs/cgroup", "cgroup2", "rw")])).toEqual([
      "/sys/fs/cgroup",
    ]);
  });

  it("is the unified and the named one on a host that mixes both versions, and no controller of version 1", () => {
    expect(
      systemdHierarchies([
        mount("/sys/fs/cgroup/memory", "cgroup", "rw", "memory"),
        mount("/sys/fs/cgroup/systemd", "cgroup", "rw", "xattr", "name=systemd"),
        mount("/sys/fs/cgroup/unified", "cgroup2", "rw"),
      ]),
    ).toEqual(["/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified"]);
  });

  it("names a hierarchy once that is mounted twice", () => {
    const twice = mount("/sys/fs/cgroup", "cgroup2");
    expect(systemdHierarchies([twice, twice])).toEqual(["/sys/fs/cgroup"]);
  });
});
