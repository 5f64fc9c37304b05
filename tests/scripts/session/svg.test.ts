// SPDX-License-Identifier: Apache-2.0
import { renderSvg } from "../../../scripts/session/svg.ts";

describe("renderSvg", () => {
  it("draws each run at its column and each line at its row", () => {
    const svg = renderSvg(
      [
        [
          { column: 0, width: 2, text: "ab" },
          { column: 2, width: 1, text: "c", colour: 2, isBold: true },
        ],
        [],
      ],
      10,
      "t",
    );
    expect(svg.split("\n")).toEqual([
      '<svg xmlns="http://www.w3.org/2000/svg" width="116" height="70" viewBox="0 0 116 70" role="img" aria-label="t">',
      '<rect width="100%" height="100%" rx="8" fill="#0d1117"/>',
      '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="#e6edf3">',
      '<text y="30.25"><tspan x="16" textLength="16.8">ab</tspan><tspan x="32.8" textLength="8.4" fill="#56d364" font-weight="bold">c</tspan></text>',
      "</g>",
      "</svg>",
      "",
    ]);
  });

  it("makes text that looks like markup harmless", () => {
    const svg = renderSvg([[{ column: 0, width: 20, text: '<script>"&"</script>' }]], 20, '"><script>');
    expect(svg).not.toContain("<script>");
    expect(svg).toContain("&lt;script&gt;&quot;&amp;&quot;&lt;/script&gt;");
    expect(svg).toContain('aria-label="&quot;&gt;&lt;script&gt;"');
  });

  it("keeps the spaces of a table in readers that would fold them", () => {
    expect(renderSvg([[{ column: 0, width: 4, text: "a  b" }]], 10, "t")).toContain(">a\u00a0\u00a0b<");
  });

  it("shows dim text in a colour that can still be read", () => {
    expect(renderSvg([[{ column: 0, width: 1, text: "x", isDim: true }]], 10, "t")).toContain('fill="#9da7b3"');
  });

  it.each(Array.from({ length: 16 }, (_, colour) => [colour]))("knows colour %i of the palette", (colour) => {
    expect(renderSvg([[{ column: 0, width: 1, text: "x", colour }]], 10, "t")).toMatch(/fill="#[0-9a-f]{6}">x</);
  });
});
