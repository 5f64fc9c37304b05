// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { parseCast, renderCast, type Cast } from "../../../scripts/session/cast.ts";

const cast: Cast = {
  width: 80,
  height: 24,
  title: "two lines",
  events: [
    { time: 0, text: "one\r\n" },
    { time: 1.25, text: "\u001b[1mtwo\u001b[0m\r\n" },
  ],
};

describe("renderCast", () => {
  it("writes a header and a line per event, as asciicast files of version 2 have them", () => {
    expect(renderCast(cast)).toBe(
      [
        '{"version":2,"width":80,"height":24,"title":"two lines"}',
        '[0,"o","one\\r\\n"]',
        '[1.25,"o","\\u001b[1mtwo\\u001b[0m\\r\\n"]',
        "",
      ].join("\n"),
    );
  });

  it("keeps times to the millisecond", () => {
    const file = renderCast({ ...cast, events: [{ time: 0.123456, text: "x" }] });
    expect(file.split("\n")[1]).toBe('[0.123,"o","x"]');
  });
});

describe("parseCast", () => {
  it("reads what renderCast wrote, whatever the texts are", () => {
    const text = fc.string({ unit: "binary" });
    const time = fc.integer({ min: 0, max: 10_000_000 }).map((milliseconds) => milliseconds / 1000);
    const any = fc.record({
      width: fc.integer({ min: 1, max: 500 }),
      height: fc.integer({ min: 1, max: 500 }),
      title: text,
      events: fc.array(fc.record({ time, text })),
    });
    fc.assert(fc.property(any, (one) => expect(parseCast(renderCast(one))).toEqual(one)));
  });

  it.each([
    ["another version", '{"version":1,"width":80,"height":24,"title":"x"}\n'],
    ["a header without a size", '{"version":2,"title":"x"}\n'],
    ["a header without a title", '{"version":2,"width":80,"height":24}\n'],
  ])("refuses %s", (_what, file) => {
    expect(() => parseCast(file)).toThrow("it is not an asciicast file of version 2");
  });

  it.each([
    ["input", '[0,"i","x"]'],
    ["no time", '["o","x"]'],
    ["no text", '[0,"o",1]'],
  ])("refuses an event with %s", (_what, line) => {
    expect(() => parseCast(`{"version":2,"width":80,"height":24,"title":"x"}\n${line}\n`)).toThrow(
      "an event of the recording is malformed",
    );
  });
});
