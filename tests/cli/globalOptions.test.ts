// SPDX-License-Identifier: Apache-2.0
import { restrain, takeGlobalOptions } from "../../cli/globalOptions.ts";
import { coloured, uncoloured } from "../../cli/textStyle.ts";
import { recordTerminal } from "../support/cliHarness.ts";

describe("the global options", () => {
  it.each([
    [["up"], { quiet: false, noColor: false, words: ["up"] }],
    [["--quiet", "up", "--json"], { quiet: true, noColor: false, words: ["up", "--json"] }],
    [["up", "--no-color", "--stack", "a", "--quiet"], { quiet: true, noColor: true, words: ["up", "--stack", "a"] }],
    [["env", "--quiet", "--", "ls", "--quiet"], { quiet: true, noColor: false, words: ["env", "--", "ls", "--quiet"] }],
    [["env", "--", "ls", "--no-color"], { quiet: false, noColor: false, words: ["env", "--", "ls", "--no-color"] }],
    [["up", "--quiet=true"], { quiet: false, noColor: false, words: ["up", "--quiet=true"] }],
  ])("are taken out of %j wherever they stand before --", (words, taken) => {
    expect(takeGlobalOptions(words)).toEqual(taken);
  });

  it("silence all but data, errors and what is drawn for a question", () => {
    const recorded = recordTerminal({ canAsk: true, canRedraw: true });
    const terminal = restrain(recorded, { quiet: true, noColor: false });
    terminal.print("data");
    terminal.say("talk");
    terminal.notice("news");
    terminal.complain("it failed", ["do this"]);
    terminal.draw("the key: ");
    expect(recorded.stdout()).toBe("data\n");
    expect(recorded.stderr()).toBe("claws: error: it failed\nclaws: hint: do this\nthe key: ");
    expect([terminal.canAsk, terminal.canRedraw, terminal.size]).toEqual([true, false, recorded.size]);
  });

  it("take colours away, and nothing else", () => {
    const recorded = { ...recordTerminal({ canRedraw: true }), style: coloured, talkStyle: coloured };
    const terminal = restrain(recorded, { quiet: false, noColor: true });
    expect([terminal.style, terminal.talkStyle, terminal.canRedraw]).toEqual([uncoloured, uncoloured, true]);
    expect(restrain(recorded, { quiet: true, noColor: false }).style).toBe(coloured);
    expect(restrain(recorded, { quiet: false, noColor: false })).toBe(recorded);
  });
});
