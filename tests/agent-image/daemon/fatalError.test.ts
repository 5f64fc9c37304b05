// SPDX-License-Identifier: Apache-2.0
import { describeFatal } from "../../../agent-image/daemon/fatalError.ts";

describe("describeFatal", () => {
  it("shows class, code and place, and neither message nor cause", () => {
    const error = Object.assign(new TypeError("bad sk-canary\n    of two lines", { cause: new Error("sk-canary") }), {
      code: "ERR_X",
    });
    const text = describeFatal(error);

    expect(text).toMatch(/^fatal: TypeError ERR_X\n {4}at /);
    expect(text).toContain("fatalError.test.ts");
    expect(text).not.toContain("canary");
  });

  it.each(["sk-canary", { message: "sk-canary" }, null, undefined])(
    "shows nothing of %p, which is no error",
    (thrown) => {
      expect(describeFatal(thrown)).toBe("fatal: something was thrown that is no error\n");
    },
  );

  it("does not print a code that is no word", () => {
    expect(describeFatal(Object.assign(new Error("x"), { code: "sk-canary" }))).not.toContain("canary");
  });
});
