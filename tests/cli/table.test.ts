// SPDX-License-Identifier: Apache-2.0
import { renderTable } from "../../cli/table.ts";
import { coloured } from "../../cli/textStyle.ts";

describe("renderTable", () => {
  it("puts two spaces between columns as wide as their widest cell, and none after the last", () => {
    expect(renderTable(["A", "LONG", "C"], [["wide", "x", ""]])).toBe("A     LONG  C\nwide  x");
  });

  it("counts no colour as width", () => {
    expect(renderTable(["A", "B"], [[coloured.bad("x"), "y"]])).toBe(`A  B\n${coloured.bad("x")}  y`);
  });

  it.each(["\n", "\r\n", "\r", "\t", "\u2028", "\u2029"])("lets no cell make a row of its own by %j", (end) => {
    const table = renderTable(["AGENT", "NOW"], [[`a1${end}a2  gone`, "STILL THERE"]]);
    expect(table).toBe("AGENT        NOW\na1 a2  gone  STILL THERE");
  });
});
