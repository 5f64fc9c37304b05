// SPDX-License-Identifier: Apache-2.0
// How sealed pushes go through the daemon is in sealedPush.test.ts.
import { randomBytes } from "node:crypto";
import { SealBox } from "../../../agent-image/daemon/sealBox.ts";

describe("a box of seals", () => {
  it("keeps no copy of the bytes that its identity was made from, and has another identity each time", () => {
    const scalars: Buffer[] = [];
    const random = (length: number): Buffer => {
      const bytes = randomBytes(length);
      if (length === 32) scalars.push(bytes);
      return bytes;
    };
    const options = { facts: {}, signer: undefined, bootId: "0".repeat(32), nodeId: () => "nA1", random };
    const recipients = [1, 2].map(() => new SealBox({ ...options, monotonic: () => 0 }).issue().recipient);

    expect(new Set(recipients).size).toBe(2);
    expect(scalars.map((scalar) => scalar.toString("hex"))).toEqual(["0".repeat(64), "0".repeat(64)]);
  });
});
