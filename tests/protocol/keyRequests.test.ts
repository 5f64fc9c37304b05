// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import {
  checkEmptyRequest,
  parseActivateRequest,
  parsePutRequest,
  parseRevokeRequest,
  renderPutRequest,
} from "../../protocol/keyRequests.ts";
import { Sensitive } from "../../protocol/sensitive.ts";

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const PUT = { name: "anthropic", provider: "anthropic", version: 1, value: "sk-ant-1" };

describe("parsePutRequest", () => {
  it("reads a request and keeps its value from being printed", () => {
    const request = parsePutRequest(json({ ...PUT, notAfter: "2030-01-31T00:00:00Z" }));

    expect(request.value.reveal()).toBe("sk-ant-1");
    expect(JSON.stringify(request)).toBe(
      '{"name":"anthropic","provider":"anthropic","version":1,"value":"[REDACTED]","notAfter":"2030-01-31T00:00:00Z"}',
    );
  });

  it.each([
    ["a number as value", { ...PUT, value: 12 }],
    ["an object as value", { ...PUT, value: { reveal: "x" } }],
    ["an empty value", { ...PUT, value: "" }],
    ["a value with a line break", { ...PUT, value: "sk\r\nx-evil: 1" }],
    ["a value that is not ASCII", { ...PUT, value: "schlüssel" }],
    ["a value that is too long", { ...PUT, value: "k".repeat(4097) }],
    ["version 0", { ...PUT, version: 0 }],
    ["version 1.5", { ...PUT, version: 1.5 }],
    ["a version as text", { ...PUT, version: "1" }],
    ["a provider that cannot be one", { ...PUT, provider: "Evil" }],
    ["a name with a path", { ...PUT, name: "../a" }],
    ["an unknown member", { ...PUT, force: true }],
    ["no value", { name: "a", provider: "openai", version: 1 }],
    ["notAfter null", { ...PUT, notAfter: null }],
    ["notAfter as a number", { ...PUT, notAfter: 1 }],
    ["limits null", { ...PUT, limits: null }],
    ["a limit of 0", { ...PUT, limits: { requestsPerDay: 0 } }],
    ["a limit as text", { ...PUT, limits: { tokensPerDay: "1" } }],
    ["a limit of another kind", { ...PUT, limits: { dollarsPerDay: 1 } }],
    ["a list", [PUT]],
  ])("refuses %s", (_name, body) => {
    expect(() => parsePutRequest(json(body))).toThrow("cannot read");
  });

  it("refuses a value named twice, so that no two readers see different keys", () => {
    expect(() =>
      parsePutRequest(Buffer.from('{"name":"a","provider":"openai","version":1,"value":"x","value":"y"}')),
    ).toThrow("must not name a member twice");
  });

  it("never quotes the value in an error", () => {
    const refuse = (): unknown => parsePutRequest(json({ ...PUT, value: "sk-canary with space" }));

    expect(refuse).toThrow('cannot read "value": it must be 1 to 4096 printable ASCII characters without spaces');
  });
});

describe("renderPutRequest", () => {
  it("is read back as it was, whatever the key", () => {
    const keys = fc.string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
      minLength: 1,
      maxLength: 200,
    });
    fc.assert(
      fc.property(keys, fc.integer({ min: 1 }), (key, version) => {
        const read = parsePutRequest(renderPutRequest({ ...PUT, version, value: Sensitive.from(key) }));
        expect(read.value.reveal()).toBe(key);
        expect(read.version).toBe(version);
        expect(read).not.toHaveProperty("notAfter");
      }),
    );
  });

  it("carries limits as they are", () => {
    const limits = { requestsPerDay: 10, tokensPerDay: 5 };
    const request = { ...PUT, value: Sensitive.from("k"), limits };

    expect(parsePutRequest(renderPutRequest(request)).limits).toEqual(limits);
    expect(parsePutRequest(renderPutRequest({ ...request, limits: {} })).limits).toEqual({});
  });

  it("refuses what the daemon would refuse", () => {
    expect(() => renderPutRequest({ ...PUT, version: 0, value: Sensitive.from("a") })).toThrow('cannot read "version"');
    expect(() => renderPutRequest({ ...PUT, value: Sensitive.from("a b") })).toThrow('cannot read "value"');
  });
});

describe("the other requests", () => {
  it("reads activate, which needs a version", () => {
    expect(parseActivateRequest(json({ name: "openai", version: 2 }))).toEqual({ name: "openai", version: 2 });
    expect(() => parseActivateRequest(json({ name: "openai" }))).toThrow('cannot read "version"');
  });

  it("reads revoke, with or without a version", () => {
    expect(parseRevokeRequest(json({ name: "openai", version: 2 }))).toEqual({ name: "openai", version: 2 });
    expect(parseRevokeRequest(json({ name: "openai" }))).toEqual({ name: "openai" });
    expect(parseRevokeRequest(json({ name: "openai", now: true }))).toEqual({ name: "openai", now: true });
    for (const now of [1, "true", null])
      expect(() => parseRevokeRequest(json({ name: "openai", now }))).toThrow('cannot read "now"');
    expect(() => parseRevokeRequest(json({ name: "*" }))).toThrow('cannot read "name"');
    expect(() => parseRevokeRequest(json({ name: "openai", version: null }))).toThrow('cannot read "version"');
  });

  it("takes nothing but an empty object for a wipe", () => {
    expect(() => checkEmptyRequest(json({}))).not.toThrow();
    for (const body of ["", "null", "[]", '{"name":"a"}', "{}{}"]) {
      expect(() => checkEmptyRequest(Buffer.from(body))).toThrow("cannot read");
    }
  });
});
