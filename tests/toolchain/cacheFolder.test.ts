// SPDX-License-Identifier: Apache-2.0
import { toolchainCache } from "../../toolchain/cacheFolder.ts";

describe("toolchainCache", () => {
  it.each([
    [{ CLAWS_CACHE: "/c", XDG_CACHE_HOME: "/x", HOME: "/h" }, "/c/toolchain"],
    [{ CLAWS_CACHE: "", XDG_CACHE_HOME: "/x", HOME: "/h" }, "/x/office-claws/toolchain"],
    [{ XDG_CACHE_HOME: "relative", HOME: "/h" }, "/h/.cache/office-claws/toolchain"],
    [{ HOME: "/with space/ü" }, "/with space/ü/.cache/office-claws/toolchain"],
  ])("with %j is %s", (environment, folder) => {
    expect(toolchainCache(environment)).toBe(folder);
  });

  it("refuses a relative CLAWS_CACHE", () => {
    expect(() => toolchainCache({ CLAWS_CACHE: "cache" })).toThrow(
      'cannot use CLAWS_CACHE "cache": it must be an absolute path',
    );
  });
});
