// SPDX-License-Identifier: Apache-2.0
import { Writable } from "node:stream";
import { complainOfLoss, createTerminal } from "../../cli/terminal.ts";
import { coloured } from "../../cli/textStyle.ts";

describe("a terminal", () => {
  function streams(stdin: boolean, stderr: boolean) {
    const touched: string[] = [];
    const written = { stdout: "", stderr: "" };
    const stream = (name: "stdout" | "stderr", isTTY: boolean) =>
      Object.assign(
        new Writable({
          write: (chunk: Buffer, _, done) => {
            written[name] += chunk.toString();
            done();
          },
        }),
        { isTTY },
      );
    const made = { stdout: stream("stdout", false), stderr: stream("stderr", stderr) };
    return {
      touched,
      written,
      made,
      given: {
        stdin: { isTTY: stdin },
        get stdout() {
          touched.push("stdout");
          return made.stdout;
        },
        get stderr() {
          touched.push("stderr");
          return made.stderr;
        },
      },
    };
  }

  it.each([
    [true, true, {}, { canAsk: true, canRedraw: true }],
    [false, true, {}, { canAsk: false, canRedraw: true }],
    [true, false, {}, { canAsk: false, canRedraw: false }],
    [true, true, { TERM: "dumb" }, { canAsk: true, canRedraw: false }],
    [true, true, { CI: "true" }, { canAsk: false, canRedraw: false }],
    [true, true, { CI: "1" }, { canAsk: false, canRedraw: false }],
    [true, true, { CI: "false" }, { canAsk: true, canRedraw: true }],
    [true, true, { CI: "" }, { canAsk: true, canRedraw: true }],
  ])("with stdin a terminal: %j, stderr: %j, and %j can %j", (stdin, stderr, variables, expected) => {
    const { canAsk, canRedraw } = createTerminal(streams(stdin, stderr).given, variables);
    expect({ canAsk, canRedraw }).toEqual(expected);
  });

  it("keeps data and talk apart and touches no stream before it needs it", () => {
    const { given, touched, written } = streams(false, false);
    const terminal = createTerminal(given, {});
    expect(touched).toEqual([]);
    terminal.print("data");
    expect(touched).toEqual(["stdout"]);
    terminal.say("talk");
    terminal.notice("news");
    terminal.complain("it failed", ["do this", "or that"]);
    terminal.draw("…");
    expect([...new Set(touched)]).toEqual(["stdout", "stderr"]);
    expect(written).toEqual({
      stdout: "data\n",
      stderr: "talk\nclaws: news\nclaws: error: it failed\nclaws: hint: do this\nclaws: hint: or that\n…",
    });
  });

  it.each([
    ["EPIPE", false, ""],
    [
      "ENOSPC",
      true,
      "claws: error: cannot write the output: no space is left (ENOSPC)\nclaws: hint: what the command did is done all the same\n",
    ],
    [
      "EIO",
      true,
      "claws: error: cannot write the output: EIO\nclaws: hint: what the command did is done all the same\n",
    ],
  ])("knows that its data got nowhere, and complains of %s: %j", (code, isLoss, said) => {
    const { given, made, written } = streams(false, false);
    const terminal = createTerminal(given, {});
    terminal.print("data");
    expect([terminal.outputLost?.aborted, complainOfLoss(terminal)]).toEqual([false, false]);
    expect(made.stdout.emit("error", Object.assign(new Error("gone"), { code }))).toBe(true);
    expect([terminal.outputLost?.aborted, complainOfLoss(terminal)]).toEqual([true, isLoss]);
    expect(written.stderr).toBe(said);
  });

  it("does not mind talk that cannot be written: there is nobody to tell", () => {
    const { given, made } = streams(false, false);
    const terminal = createTerminal(given, {});
    terminal.say("talk");
    expect(made.stderr.emit("error", Object.assign(new Error("full"), { code: "ENOSPC" }))).toBe(true);
    expect(terminal.outputLost?.aborted).toBe(false);
  });

  it("shows what others answered without its control characters, and lines and tabs as they are", () => {
    const { given, written } = streams(false, true);
    const terminal = createTerminal(given, {});
    const attack = "a\u001b[2J\u001b]0;title\u0007b\r\u009b1Ac\u007f";
    terminal.print(`${attack}\tx\ny`);
    terminal.notice(attack);
    terminal.complain(attack, [attack]);
    const plain = "a\ufffd[2J\ufffd]0;title\ufffdb\ufffd\ufffd1Ac\ufffd";
    expect(written.stdout).toBe(`${plain}\tx\ny\n`);
    expect(written.stderr).toBe(`claws: ${plain}\nclaws: error: ${plain}\nclaws: hint: ${plain}\n`);
  });

  it("breaks talk at spaces where stderr is a terminal that says how wide it is, and data nowhere", () => {
    const long = `${"word ".repeat(20)}end`;
    const written = (isTerminal: boolean, columns: number | undefined) => {
      const { given, made, written: all } = streams(false, isTerminal);
      Object.assign(made.stderr, { columns });
      const terminal = createTerminal(given, {});
      terminal.say(long);
      terminal.print(long);
      return all;
    };
    expect(
      written(true, 60)
        .stderr.split("\n")
        .map(({ length }) => length <= 60),
    ).toEqual([true, true, true]);
    expect(written(true, 60).stdout).toBe(`${long}\n`);
    expect(written(true, undefined).stderr).toBe(`${long}\n`);
    expect(written(false, 60).stderr).toBe(`${long}\n`);
  });

  it.each([
    [true, true, {}, [true, true]],
    [true, false, {}, [true, false]],
    [false, true, {}, [false, true]],
    [true, true, { NO_COLOR: "1" }, [false, false]],
    [true, true, { NO_COLOR: "" }, [true, true]],
    [true, true, { TERM: "dumb" }, [false, false]],
    [true, true, { CI: "true" }, [false, false]],
  ])("with stdout a terminal: %j, stderr: %j, and %j has colour on each: %j", (stdout, stderr, variables, expected) => {
    const { given, made } = streams(true, stderr);
    Object.assign(made.stdout, { isTTY: stdout });
    const { style, talkStyle } = createTerminal(given, variables);
    expect([style === coloured, talkStyle === coloured]).toEqual(expected);
  });

  it("shows its own colours and no other control character", () => {
    const { given, written } = streams(true, true);
    const terminal = createTerminal(given, {});
    terminal.say(`${terminal.talkStyle.ok("open")} \u001b[2J`);
    expect(written.stderr).toBe("\u001b[32mopen\u001b[0m \ufffd[2J\u001b[0m\n");
  });
});
