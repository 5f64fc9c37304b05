// SPDX-License-Identifier: Apache-2.0
import { Redraw } from "../../../cli/operation/redraw.ts";
import { makeScreen, type Screen } from "../../support/screen.ts";

/** Lines that are redrawn on a real terminal emulator. */
function redrawOn(screen: Screen, size = { columns: 80, rows: 24 }) {
  const written: string[] = [];
  const terminal = { size, draw: (text: string) => void written.push(text) };
  const redraw = new Redraw(terminal);
  const draw = async (lines: readonly string[]): Promise<void> => {
    redraw.draw(lines);
    await screen.write(written.splice(0).join(""));
  };
  return { terminal, draw };
}

describe("lines that are redrawn", () => {
  it("take the place of the last ones, longer or shorter, more or fewer", async () => {
    const screen = makeScreen();
    await screen.write("before\n");
    const { draw } = redrawOn(screen);
    await draw(["one", "a long line"]);
    await draw(["one more", "short", "third"]);
    expect(screen.lines()).toEqual(["before", "one more", "short", "third"]);
    await draw(["only this"]);
    expect(screen.lines()).toEqual(["before", "only this"]);
    await screen.write("after\n");
    expect(screen.lines()).toEqual(["before", "only this", "after"]);
  });

  it("leave nothing behind at the end of a full screen", async () => {
    const screen = makeScreen(20, 5);
    const { draw } = redrawOn(screen, { columns: 20, rows: 5 });
    await screen.write("1\n2\n3\n4\n");
    for (const turn of ["a", "b", "c"]) await draw([`${turn}1`, `${turn}2`, `${turn}3`, `${turn}4`]);
    expect(screen.lines()).toEqual(["1", "2", "3", "4", "c1", "c2", "c3", "c4"]);
  });

  it("find their place again in a terminal that became narrower or wider", async () => {
    const screen = makeScreen(40, 10);
    const { draw, terminal } = redrawOn(screen, { columns: 40, rows: 10 });
    await screen.write("before\n");
    await draw(["x".repeat(39), "second"]);
    for (const columns of [15, 30, 8, 60]) {
      screen.resize(columns, 10);
      terminal.size = { columns, rows: 10 };
      await draw([`now ${columns}`.slice(0, columns), "second"]);
      expect(screen.lines()).toEqual(["before", `now ${columns}`, "second"]);
    }
  });

  it("are written in one piece that shows at once, without clearing what stays", () => {
    const written: string[] = [];
    const redraw = new Redraw({ size: { columns: 80, rows: 24 }, draw: (text) => void written.push(text) });
    redraw.draw(["one"]);
    redraw.draw(["two"]);
    expect(written.map((text) => text.replaceAll("\u001b[", "<"))).toEqual([
      "<?2026h\rone<K\n<J<?2026l",
      "<?2026h<1A\rtwo<K\n<J<?2026l",
    ]);
  });
});
