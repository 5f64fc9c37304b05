// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import type { Step } from "../../../cli/operation/agentSteps.ts";
import { marksFor } from "../../../cli/operation/marks.ts";
import { renderTree, timeInWords, type Tree, type TreeAgent } from "../../../cli/operation/treeView.ts";
import { coloured, uncoloured } from "../../../cli/textStyle.ts";
import { widthOf } from "../../../cli/textWidth.ts";

const marks = marksFor({ LANG: "C.UTF-8" });
const wide = { columns: 79, rows: 23, style: uncoloured, marks };

function step(label: string, state: Step["state"], text: string, [started, ended]: readonly number[]): Step {
  const times = { started: started ?? 0, ...(ended === undefined ? {} : { ended }) };
  return { key: `create ${label}`, label, state, text, ...times };
}

function agent(name: string, steps: readonly Step[], more: Partial<TreeAgent> = {}): TreeAgent {
  return { agent: name, isNew: true, steps, waiting: [], usual: new Map(), ...more };
}

const open: Step = { key: "then keys", label: "", state: "done", text: "open", started: 41_000, ended: 45_000 };
const ada = agent("ada", [step("tag", "done", "created", [0, 1000]), open]);
const grace = agent(
  "grace",
  [step("tag", "done", "created", [0, 1000]), step("droplet", "running", "creating", [43_000])],
  { waiting: ["tailnet node"], usual: new Map([["create droplet", 41_000]]) },
);
const alan = agent("alan", [step("droplet", "failed", "failed", [3000, 9000])], { waiting: ["tailnet node"] });
const bob = agent("bob", [], { waiting: ["tag", "VPC"] });

function tree(agents: readonly TreeAgent[], more: Partial<Tree> = {}): Tree {
  return { title: "up dev", agents, now: 52_000, left: 40_000, end: undefined, ...more };
}

describe("the tree of an operation", () => {
  it("folds what is done and shows every step of the others", () => {
    expect(renderTree(tree([ada, grace, alan, bob]), wide)).toEqual([
      "up dev: 1 of 4 agents, 52 s, about 40 s left",
      "✓ ada    open (45 s)",
      "● grace  creating droplet (52 s)",
      "  ✓ tag           created (1 s)",
      "  ● droplet       creating 9 s of about 41 s",
      "  · tailnet node",
      "✗ alan   droplet failed (6 s)",
      "  ✗ droplet       failed (6 s)",
      "  · tailnet node",
      "· bob    waiting",
      "  · tag",
      "  · VPC",
    ]);
  });

  it("counts the resources of an agent that all came to the same end", () => {
    const gone = (label: string) =>
      ({ key: label, label, text: "deleted", state: "done", started: 0, ended: 2000 }) as const;
    const agents = [{ ...ada, steps: [gone("droplet"), gone("VPC"), gone("tag")] }];
    expect(renderTree(tree(agents), wide)[1]).toBe("✓ ada  3 resources deleted (2 s)");
  });

  it("folds more, the less room there is, and shows what failed first and always", () => {
    const many = [...Array.from({ length: 9 }, (_, index) => ({ ...ada, agent: `ok-${index}` })), grace, alan, bob];
    expect(renderTree(tree(many), { ...wide, rows: 12 })).toEqual([
      "up dev: 9 of 12 agents, 52 s, about 40 s left",
      "● grace  creating droplet (52 s)",
      "  ✓ tag           created (1 s)",
      "  ● droplet       creating 9 s of about 41 s",
      "  · tailnet node",
      "✗ alan   droplet failed (6 s)",
      "  ✗ droplet       failed (6 s)",
      "  · tailnet node",
      "· bob    waiting",
      "  · tag",
      "  · VPC",
      "✓ 9 agents are done: ok-0, ok-1, ok-2, ok-3, ok-4, ok-5, ok-6, ok-7, ok-8",
    ]);
    const one = ["up dev: 9 of 12 agents, 52 s, about 40 s left", "✗ alan   droplet failed (6 s)"];
    expect(renderTree(tree(many), { ...wide, rows: 6 })).toEqual([
      ...one,
      "● grace  creating droplet (52 s)",
      "· bob    waiting",
      "✓ 9 agents are done: ok-0, ok-1, ok-2, ok-3, ok-4, ok-5, ok-6, ok-7, ok-8",
    ]);
    expect(renderTree(tree(many), { ...wide, rows: 3 })).toEqual([...one, "  and 3 more"]);
    expect(renderTree(tree(many), { ...wide, rows: 1 })).toEqual(one.slice(0, 1));
  });

  it("shows what is unknown and what had not begun, once the operation was stopped", () => {
    expect(renderTree(tree([ada, grace, bob], { end: "stopped" }), wide)).toEqual([
      "up dev: 1 of 3 agents, 52 s",
      "✓ ada    open (45 s)",
      "? grace  creating droplet (52 s)",
      "  ✓ tag           created (1 s)",
      "  ? droplet       creating 9 s",
      "  · tailnet node  not begun",
      "· bob    not begun",
      "  · tag  not begun",
      "  · VPC  not begun",
    ]);
  });

  it("no longer waits for what did not come, once the operation is finished", () => {
    const done = agent("ada", ada.steps, { waiting: ["firewall"] });
    expect(renderTree(tree([done], { end: "finished" }), wide)).toEqual(["up dev: 52 s", "✓ ada  open (45 s)"]);
    expect(renderTree(tree([done]), wide)).toContain("· ada  next: firewall (52 s)");
  });

  it("says what it knows of the end", () => {
    const title = (left: number | undefined): string | undefined => renderTree(tree([grace], { left }), wide)[0];
    expect(title(undefined)).toBe("up dev: 52 s");
    expect(title(200)).toBe("up dev: 52 s, any moment now");
    expect(title(200_000)).toBe("up dev: 52 s, about 3 min 20 s left");
    const late = agent("ada", [step("droplet", "running", "creating", [0])], {
      usual: new Map([["create droplet", 41_000]]),
    });
    expect(renderTree(tree([late]), wide)).toContain("  ● droplet  creating 52 s, last time 41 s");
  });

  it("cuts wide names and keeps control characters of others out", () => {
    const attack = agent(`漢字${"名".repeat(60)}\u001b[2J`, [step("droplet", "running", "creating", [0])]);
    const lines = renderTree(tree([attack]), { ...wide, columns: 30 });
    expect(lines[1]).toBe("● 漢字名名名名名…  creating d…");
    expect(lines.join("")).not.toContain("\u001b");
  });

  it("is never wider nor longer than the screen, whatever it shows", () => {
    const state = fc.constantFrom<Step["state"]>("running", "done", "failed");
    const anyStep = fc.tuple(fc.string({ unit: "grapheme", maxLength: 40 }), state, fc.string({ maxLength: 40 }));
    const anyAgent = fc.record({
      name: fc.string({ unit: "grapheme", maxLength: 70 }),
      steps: fc.array(anyStep, { maxLength: 6 }),
      waiting: fc.array(fc.string({ unit: "grapheme", maxLength: 12 }), { maxLength: 4 }),
    });
    const property = fc.property(
      fc.array(anyAgent, { maxLength: 30 }),
      fc.integer({ min: 20, max: 200 }),
      fc.integer({ min: 2, max: 60 }),
      fc.constantFrom(coloured, uncoloured),
      (agents, columns, rows, style) => {
        const shown = agents.map(({ name, steps, waiting }) =>
          agent(
            name,
            steps.map(([label, stepState, text]) => step(label, stepState, text, [0, 5])),
            { waiting },
          ),
        );
        const lines = renderTree(tree(shown), { columns, rows, style, marks });
        expect(lines.length).toBeLessThanOrEqual(rows);
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
      },
    );
    fc.assert(property, { numRuns: 200 });
  });
});

describe("a time in words", () => {
  it.each([
    [-5, "0 s"],
    [499, "0 s"],
    [59_400, "59 s"],
    [60_000, "1 min 0 s"],
    [3_599_000, "59 min 59 s"],
    [7_380_000, "2 h 3 min"],
  ])("%j is %s", (milliseconds, words) => {
    expect(timeInWords(milliseconds)).toBe(words);
  });
});

describe("the marks", () => {
  it.each([
    [{ LANG: "de_DE.UTF-8" }, "linux", "✓"],
    [{ LANG: "C.utf8" }, "linux", "✓"],
    [{ LC_ALL: "C", LANG: "C.UTF-8" }, "linux", "+"],
    [{}, "linux", "+"],
    [{}, "darwin", "✓"],
    [{}, "win32", "✓"],
  ] as const)("for %j on %s are such as %s", (environment, platform, done) => {
    expect(marksFor(environment, platform).done).toBe(done);
  });
});
