// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { AskError } from "../../../../agent-image/workloads/ask/askError.ts";
import { parseAskRequest } from "../../../../agent-image/workloads/ask/askRequest.ts";

const providers = ["anthropic", "openai"];
const parse = (body: unknown) =>
  parseAskRequest(Buffer.from(typeof body === "string" ? body : JSON.stringify(body)), providers);

function expectRefusal(body: unknown): string {
  try {
    parse(body);
  } catch (error) {
    expect(error).toMatchObject({ status: 400, code: "bad-request" });
    return (error as AskError).message;
  }
  throw new Error("the question was accepted");
}

describe("parseAskRequest", () => {
  it("reads prompt and provider", () => {
    expect(parse({ prompt: " hi ", provider: "openai" })).toEqual({ prompt: " hi ", provider: "openai" });
    expect(parse({ prompt: "hi" })).toEqual({ prompt: "hi", provider: "anthropic" });
  });

  it.each<[unknown, string]>([
    ["", "the body must be JSON"],
    ["\uFEFF{}", "the body must be JSON"],
    ["null", "the body must be an object"],
    ["[]", "the body must be an object"],
    [{}, '"prompt" must be text and not blank'],
    [{ prompt: "" }, '"prompt" must be text and not blank'],
    [{ prompt: " \n" }, '"prompt" must be text and not blank'],
    [{ prompt: 1 }, '"prompt" must be text and not blank'],
    [{ prompt: "hi", provider: "google" }, '"provider" must be anthropic or openai'],
    [{ prompt: "hi", provider: null }, '"provider" must be anthropic or openai'],
    [{ prompt: "hi", provider: ["openai"] }, '"provider" must be anthropic or openai'],
    [{ prompt: "hi", model: "x" }, 'the body may hold "prompt" and "provider" only'],
    ['{"prompt":"hi","__proto__":{"provider":"openai"}}', 'the body may hold "prompt" and "provider" only'],
  ])("refuses %j", (body, text) => {
    expect(expectRefusal(body)).toBe(text);
  });

  it("refuses bytes that are no UTF-8", () => {
    expect(() => parseAskRequest(Buffer.from([0x22, 0xff, 0x22]), providers)).toThrow("the body must be JSON");
  });

  it("takes every prompt that is not blank as it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(parse({ prompt: `${text}.` }).prompt).toBe(`${text}.`);
      }),
    );
  });

  it("refuses every prompt that is no text", () => {
    const notText = fc.jsonValue().filter((value) => typeof value !== "string");
    fc.assert(
      fc.property(notText, (prompt) => {
        expectRefusal({ prompt });
      }),
    );
  });
});
