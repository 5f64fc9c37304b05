// SPDX-License-Identifier: Apache-2.0
import { printable } from "../printable.ts";
import type { TextStyle } from "../textStyle.ts";
import { cutTo, padTo, widthOf } from "../textWidth.ts";
import type { AgentView, Step } from "./agentSteps.ts";
import type { Marks } from "./marks.ts";

/** An agent with what is still expected of it. */
export interface TreeAgent extends AgentView {
  /** Labels of steps that have not begun. */
  readonly waiting: readonly string[];
  /** How long each of its steps took last time, in milliseconds, by key. */
  readonly usual: ReadonlyMap<string, number>;
}

/** What the tree shows now. */
export interface Tree {
  readonly title: string;
  readonly agents: readonly TreeAgent[];
  /** Milliseconds since the operation began. */
  readonly now: number;
  /** Milliseconds until its end, where that can be told. */
  readonly left: number | undefined;
  /** How it ended; undefined while it goes on. */
  readonly end: "finished" | "stopped" | undefined;
}

/** Where the tree is shown. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  readonly style: TextStyle;
  readonly marks: Marks;
}

type State = "done" | "failed" | "running" | "waiting" | "unknown";

/** The lines of the tree, which are never more nor wider than the screen shows: what is finished is folded first. */
export function renderTree(tree: Tree, screen: Screen): readonly string[] {
  const foldings = [unfolded, doneTogether, oneLineEach];
  for (const fold of foldings) {
    const lines = [titleOf(tree, screen), ...fold(tree, screen)];
    if (lines.length <= screen.rows) return lines;
  }
  const lines = [titleOf(tree, screen), ...oneLineEach(tree, screen)];
  const shown = Math.max(1, screen.rows - 1);
  return [...lines.slice(0, shown), ...(screen.rows > 1 ? [`  and ${lines.length - shown} more`] : [])];
}

/** A time as people say it: `48 s`, `3 min 20 s`. */
export function timeInWords(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function titleOf({ title, now, left, end, agents }: Tree, { columns, style, marks }: Screen): string {
  const done = agents.filter((agent) => stateOf(agent, end) === "done").length;
  const count = agents.length > 1 ? `${done} of ${agents.length} agents, ` : "";
  const isKnown = left !== undefined && end === undefined;
  const estimate = isKnown ? (left < 1000 ? ", any moment now" : `, about ${timeInWords(left)} left`) : "";
  return style.strong(cutTo(`${title}: ${count}${timeInWords(now)}${estimate}`, columns, marks.cut));
}

function unfolded(tree: Tree, screen: Screen): readonly string[] {
  return tree.agents.flatMap((agent) => [
    headOf(agent, tree, screen),
    ...(stateOf(agent, tree.end) === "done" ? [] : stepsOf(agent, tree, screen)),
  ]);
}

/** All agents that are done share a line at the end. */
function doneTogether(tree: Tree, screen: Screen): readonly string[] {
  return [...unfolded(withoutDone(tree), screen), ...doneLine(tree, screen)];
}

/** Those that failed first: they must be seen. */
function oneLineEach(tree: Tree, screen: Screen): readonly string[] {
  const { agents } = withoutDone(tree);
  const failed = agents.filter((agent) => stateOf(agent, tree.end) === "failed");
  const others = agents.filter((agent) => !failed.includes(agent));
  return [...[...failed, ...others].map((agent) => headOf(agent, tree, screen)), ...doneLine(tree, screen)];
}

function withoutDone(tree: Tree): Tree {
  return { ...tree, agents: tree.agents.filter((agent) => stateOf(agent, tree.end) !== "done") };
}

function doneLine({ agents, end }: Tree, { columns, style, marks }: Screen): readonly string[] {
  const names = agents.filter((agent) => stateOf(agent, end) === "done").map(({ agent }) => printable(agent));
  if (names.length === 0) return [];
  const text = `${names.length === 1 ? "1 agent is" : `${names.length} agents are`} done: ${names.join(", ")}`;
  return [`${style.ok(marks.done)} ${cutTo(text, columns - 2, marks.cut)}`];
}

function headOf(agent: TreeAgent, tree: Tree, screen: Screen): string {
  const wanted = Math.max(...tree.agents.map((one) => widthOf(printable(one.agent))));
  // A long name leaves at least half of the line to what is said of it.
  const width = Math.min(wanted, Math.floor(screen.columns / 2));
  const name = padTo(cutTo(printable(agent.agent), width, screen.marks.cut), width);
  return line(stateOf(agent, tree.end), `${name}  ${headText(agent, tree)}`, { indent: "", screen });
}

function headText(agent: TreeAgent, { now, end }: Tree): string {
  const { steps, waiting } = agent;
  const state = stateOf(agent, end);
  if (steps.length === 0) return end === undefined ? "waiting" : "not begun";
  const began = Math.min(...steps.map(({ started }) => started));
  const ended = state === "running" || state === "waiting" ? now : Math.max(...steps.map((step) => step.ended ?? now));
  const said = state === "waiting" ? [] : steps.filter((step) => stateOfStep(step, end) === state);
  const text =
    said.length === 0 ? `next: ${waiting[0] ?? ""}` : state === "done" ? doneText(said) : said.map(stepText).join(", ");
  return `${text} (${timeInWords(ended - began)})`;
}

/** The last step tells how it ended; where all ended alike, as at a destroy, their number tells more. */
function doneText(steps: readonly Step[]): string {
  const last = steps.at(-1);
  if (last === undefined) return "";
  const isAlike = steps.length > 1 && steps.every(({ text, label }) => text === last.text && label !== "");
  return isAlike ? `${steps.length} resources ${last.text}` : stepText(last);
}

function stepText({ label, text, state }: Step): string {
  if (label === "") return text;
  return state === "running" ? `${text} ${label}` : `${label} ${text}`;
}

function stepsOf({ steps, waiting, usual }: TreeAgent, { now, end }: Tree, screen: Screen): readonly string[] {
  const width = Math.max(0, ...[...steps.map(({ label }) => label), ...waiting].map(widthOf));
  const row = (state: State, label: string, text: string): string =>
    line(state, `${padTo(label, width)}  ${text}`.trimEnd(), { indent: "  ", screen });
  return [
    ...steps.map((step) =>
      row(stateOfStep(step, end), step.label, `${step.text} ${timeOf(step, usual.get(step.key), { now, end })}`),
    ),
    ...waiting.map((label) => row("waiting", label, end === undefined ? "" : "not begun")),
  ];
}

function timeOf(
  { state, started, ended }: Step,
  usual: number | undefined,
  { now, end }: Pick<Tree, "now" | "end">,
): string {
  if (state !== "running") return `(${timeInWords((ended ?? now) - started)})`;
  const so = now - started;
  if (end !== undefined || usual === undefined) return timeInWords(so);
  return `${timeInWords(so)}${so < usual ? ` of about ${timeInWords(usual)}` : `, last time ${timeInWords(usual)}`}`;
}

function line(
  state: State,
  text: string,
  { indent, screen: { columns, style, marks } }: { readonly indent: string; readonly screen: Screen },
): string {
  const cut = cutTo(printable(text), columns - indent.length - 2, marks.cut);
  const { ok, bad, strong, weak } = style;
  const colour = { done: ok, failed: bad, running: strong, waiting: weak, unknown: bad }[state];
  return `${indent}${colour(marks[state])} ${state === "waiting" ? weak(cut) : cut}`;
}

function stateOf({ steps, waiting }: TreeAgent, end: Tree["end"]): State {
  for (const state of ["failed", "running", "unknown"] as const)
    if (steps.some((step) => stateOfStep(step, end) === state)) return state;
  return waiting.length > 0 && end !== "finished" ? "waiting" : "done";
}

/** What was under way when the operation stopped is not known to have come to anything. */
function stateOfStep({ state }: Step, end: Tree["end"]): State {
  return state === "running" && end !== undefined ? "unknown" : state;
}
