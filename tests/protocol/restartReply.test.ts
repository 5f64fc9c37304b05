// SPDX-License-Identifier: Apache-2.0
import { parseRestartReply } from "../../protocol/restartReply.ts";

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const REPLY = { nodeId: "nA1", bootId: "0".repeat(32), auditSequence: 3 };

describe("parseRestartReply", () => {
  it("reads a reply as it is", () => {
    expect(parseRestartReply(json(REPLY))).toEqual(REPLY);
  });

  it.each([
    { nodeId: "" },
    { bootId: "x" },
    { auditSequence: 0 },
    { auditSequence: "3" },
    { extra: 1 },
    { nodeId: undefined },
  ])("refuses it with %j", (change) => {
    expect(() => parseRestartReply(json({ ...REPLY, ...change }))).toThrow("cannot read");
  });
});
