// SPDX-License-Identifier: Apache-2.0
import type { Run, Screen } from "./screen.ts";

const CHARACTER = { width: 8.4, height: 19 };
const MARGIN = 16;
/** The sixteen colours of the palette, chosen for a contrast of at least 4.5 on the background. */
const PALETTE = [
  ["#8b949e", "#ff7b72", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#e6edf3"],
  ["#8b949e", "#ffa198", "#7ee787", "#f2cc60", "#a5d6ff", "#e2c5ff", "#b3f0ff", "#ffffff"],
].flat();
const FOREGROUND = "#e6edf3";
const DIM = "#9da7b3";

/** Draws a screen as an SVG picture that needs nothing from elsewhere: no script, no font, no link. */
export function renderSvg(screen: Screen, columns: number, title: string): string {
  const width = Math.ceil(columns * CHARACTER.width) + 2 * MARGIN;
  const height = screen.length * CHARACTER.height + 2 * MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">`,
    `<rect width="100%" height="100%" rx="8" fill="#0d1117"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="${FOREGROUND}">`,
    ...screen.flatMap((runs, row) => (runs.length === 0 ? [] : [renderLine(runs, row)])),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function renderLine(runs: readonly Run[], row: number): string {
  const y = MARGIN + (row + 0.75) * CHARACTER.height;
  return `<text y="${figure(y)}">${runs.map(renderRun).join("")}</text>`;
}

/** The length is given, so that a reader's other font does not shift the columns. */
function renderRun({ column, width, text, colour, isBold, isDim }: Run): string {
  const x = MARGIN + column * CHARACTER.width;
  const fill = colour === undefined ? (isDim ? DIM : undefined) : PALETTE[colour];
  const attributes = [
    `x="${figure(x)}"`,
    `textLength="${figure(width * CHARACTER.width)}"`,
    ...(fill === undefined ? [] : [`fill="${fill}"`]),
    ...(isBold ? [`font-weight="bold"`] : []),
  ];
  // Readers disagree on how to ask them to keep spaces as they are, but all keep these.
  return `<tspan ${attributes.join(" ")}>${escaped(text).replaceAll(" ", "\u00a0")}</tspan>`;
}

function figure(value: number): string {
  return String(Number(value.toFixed(2)));
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
