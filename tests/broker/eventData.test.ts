// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { EventData } from "../../broker/eventData.ts";

/** The data of each event, as it came out. */
function read(chunks: readonly Uint8Array[]): readonly string[] {
  const events: string[] = [];
  let open = "";
  const data = new EventData({
    push: (bytes) => (open += Buffer.from(bytes).toString("latin1")),
    end: () => {
      if (open !== "") events.push(open);
      open = "";
    },
  });
  for (const chunk of chunks) data.push(chunk);
  data.end();
  return events;
}

describe("EventData", () => {
  it.each([
    ["a space after the colon stays: JSON does not mind", "data: a\n\n", [" a"]],
    ["several lines of data follow each other", "data:a\ndata:b\n\ndata:c\n\n", ["ab", "c"]],
    ["other fields and comments are dropped", ": c\nevent: x\nid: data:1\nretry: 5\ndata:a\n\n", ["a"]],
    ["a field needs its whole name", "dat:a\ndatax:b\nxdata:c\n data:d\ndata\n\n", []],
    ["an event without its empty line ends with the stream", "data:a", ["a"]],
    ["colons are data after the first", "data:a:b\n\n", ["a:b"]],
  ])("%s", (_rule, text, events) => {
    expect(read([Buffer.from(text)])).toEqual(events);
  });

  it("reads the same from any pieces, with any of the three line ends", () => {
    const word = fc.stringMatching(/^[a-z{}":,]{0,9}$/);
    const end = fc.constantFrom("\n", "\r", "\r\n");
    const cuts = fc.array(fc.nat(), { maxLength: 12 });
    fc.assert(
      fc.property(
        fc.array(fc.array(word, { minLength: 1, maxLength: 3 }), { maxLength: 5 }),
        end,
        cuts,
        (wanted, eol, at) => {
          const lines = wanted.flatMap((datas) => ["event: x", ...datas.map((one) => `data:${one}`), ""]);
          const bytes = Buffer.from(lines.map((line) => line + eol).join(""));
          const ends = [...at.map((one) => one % (bytes.length + 1)), bytes.length].sort((left, right) => left - right);
          const chunks = ends.map((one, index) => bytes.subarray(ends[index - 1] ?? 0, one));

          expect(read(chunks)).toEqual(wanted.map((datas) => datas.join("")).filter((data) => data !== ""));
        },
      ),
      { numRuns: 300 },
    );
  });
});
