// SPDX-License-Identifier: Apache-2.0
import { inspect } from "node:util";
import fc from "fast-check";
import { UserError } from "../../cli/errors.ts";
import { parseEnrolments } from "../../cli/stackEnrolments.ts";

const secret = Buffer.alloc(32, 0xe7).toString("base64url");

describe("the enrolment secrets of a stack", () => {
  it("are read by agent and cannot be printed", () => {
    const read = parseEnrolments({ agents: {}, enrolments: { a1: secret } });
    expect(read.get("a1")?.reveal()).toBe(secret);
    expect(inspect(read)).not.toContain(secret);
  });

  it.each([[undefined], [null], ["text"], [{}], [{ agents: {} }], [{ enrolments: {} }]])(
    "are none in %j",
    (outputs) => {
      expect(parseEnrolments(outputs)).toEqual(new Map());
    },
  );

  it.each([
    [{ a1: "[secret]" }],
    [{ a1: secret.slice(1) }],
    [{ a1: `${secret}=` }],
    [{ a1: `${secret.slice(0, 42)}d` }],
    [{ a1: 5 }],
    [{ a1: null }],
    [[secret]],
    [null],
    [secret],
  ])("are refused in the form %j without being shown", (enrolments) => {
    let thrown: unknown;
    try {
      parseEnrolments({ enrolments });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ exitCode: 1, hints: ["finish the update first: claws up"] });
    expect(String(thrown)).toMatch(/^UserError: cannot read the stack's outputs: cannot read "enrolments": it must be/);
    expect(String(thrown)).not.toContain(secret.slice(0, 20));
  });

  it("of any form are read or refused in words, never otherwise", () => {
    fc.assert(
      fc.property(fc.anything(), (enrolments) => {
        try {
          return parseEnrolments({ enrolments }) instanceof Map;
        } catch (error) {
          return error instanceof UserError;
        }
      }),
    );
  });
});
