// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { errorCode } from "../../../lab/network/errorCode.ts";

describe("errorCode", () => {
  it("is the code of a system error", () => {
    const open = (): unknown => {
      try {
        return readFileSync("/no/such/file");
      } catch (error) {
        return errorCode(error);
      }
    };
    expect(open()).toBe("ENOENT");
  });

  it.each([[new Error("plain")], [{ code: 2 }], ["ENOENT"], [null], [undefined]])("is null for %p", (value) => {
    expect(errorCode(value)).toBeNull();
  });
});
