// SPDX-License-Identifier: Apache-2.0
import { failed, problemText } from "../../../../lab/providers/bridge/failed.ts";

describe("failed", () => {
  it("reports a problem with its cause in the bridge's form", () => {
    const cause = new Error("no route");
    expect(() => failed("Error creating tag")(cause)).toThrow(
      "1 error occurred:\n\t* Error creating tag: no route\n\n",
    );
    const thrown = (): unknown => {
      try {
        return failed("Error creating tag")(cause);
      } catch (error) {
        return error;
      }
    };
    expect(thrown()).toMatchObject({ cause });
  });

  it("does not wrap the form twice", () => {
    const inner = new Error(problemText("Error retrieving droplet", "404"));
    expect(problemText("Error deleting droplet", inner)).toBe(
      "1 error occurred:\n\t* Error deleting droplet: Error retrieving droplet: 404\n\n",
    );
  });
});
