// SPDX-License-Identifier: Apache-2.0
import { foldTable } from "../../cli/foldTable.ts";
import { coloured } from "../../cli/textStyle.ts";

const column = (heading: string, ...cells: string[]) => ({ heading, cells });

describe("a table that is folded", () => {
  const columns = [
    column("AGENT", "a1", "b2"),
    column("STATE", "open", "sealed"),
    column("SIZE", "s-1vcpu-1gb", "c-2"),
  ];

  it("is one table where there is room", () => {
    expect(foldTable(columns, 80)).toBe("AGENT  STATE   SIZE\na1     open    s-1vcpu-1gb\nb2     sealed  c-2");
  });

  it("fits exactly, to the column", () => {
    const width = "b2     sealed  s-1vcpu-1gb".length;
    expect(foldTable(columns, width).split("\n")).toHaveLength(3);
    expect(foldTable(columns, width - 1).split("\n")).toHaveLength(7);
  });

  it("goes on below, with the first column again, and loses nothing", () => {
    expect(foldTable(columns, 20)).toBe(
      "AGENT  STATE\na1     open\nb2     sealed\n\nAGENT  SIZE\na1     s-1vcpu-1gb\nb2     c-2",
    );
  });

  it("does not cut what is wider than all there is", () => {
    expect(foldTable(columns, 1)).toContain("a1     s-1vcpu-1gb");
  });

  it("does not count colours", () => {
    const state = column("STATE", coloured.ok("open"), coloured.bad("sealed"));
    expect(foldTable([columns[0] ?? column(""), state, column("SIZE", "1", "2")], 19).split("\n")).toHaveLength(3);
  });

  it("of no columns is empty", () => {
    expect(foldTable([], 80)).toBe("");
  });
});
