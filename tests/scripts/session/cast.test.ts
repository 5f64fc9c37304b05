// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { renderCast, type Cast } from "../../../scripts/session/cast.ts";

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

  it("keeps every text as it is, in a line of its own", () => {
    const text = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(fc.array(text), (texts) => {
        const file = renderCast({ ...cast, events: texts.map((shown) => ({ time: 0, text: shown })) });
        const lines = file.trimEnd().split("\n").slice(1);
        expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(texts.map((shown) => [0, "o", shown]));
      }),
    );
  });
});
