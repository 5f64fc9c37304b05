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
  readonly isOver: boolean;
}

/** Where the tree is shown. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  readonly style: TextStyle;
  readonly marks: Marks;
}

type State = "done" | "failed" | "running" | "waiting";

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

function titleOf({ title, now, left, isOver, agents }: Tree, { columns, style, marks }: Screen): string {
  const done = agents.filter((agent) => stateOf(agent, isOver) === "done").length;
  const count = agents.length > 1 ? `${done} of ${agents.length} agents, ` : "";
  const estimate =
    left === undefined || isOver ? "" : left < 1000 ? ", any moment now" : `, about ${timeInWords(left)} left`;
  return style.strong(cutTo(`${title}: ${count}${timeInWords(now)}${estimate}`, columns, marks.cut));
}

function unfolded(tree: Tree, screen: Screen): readonly string[] {
  return tree.agents.flatMap((agent) => [
    headOf(agent, tree, screen),
    ...(isOpen(stateOf(agent, tree.isOver)) ? stepsOf(agent, tree, screen) : []),
  ]);
}

/** All agents that are done share a line at the end. */
function doneTogether(tree: Tree, screen: Screen): readonly string[] {
  return [...unfolded(withoutDone(tree), screen), ...doneLine(tree, screen)];
}

/** Those that failed first: they must be seen. */
function oneLineEach(tree: Tree, screen: Screen): readonly string[] {
  const { agents } = withoutDone(tree);
  const failed = agents.filter((agent) => stateOf(agent, tree.isOver) === "failed");
  const others = agents.filter((agent) => !failed.includes(agent));
  return [...[...failed, ...others].map((agent) => headOf(agent, tree, screen)), ...doneLine(tree, screen)];
}

function withoutDone(tree: Tree): Tree {
  return { ...tree, agents: tree.agents.filter((agent) => stateOf(agent, tree.isOver) !== "done") };
}

function doneLine({ agents, isOver }: Tree, { columns, style, marks }: Screen): readonly string[] {
  const names = agents.filter((agent) => stateOf(agent, isOver) === "done").map(({ agent }) => printable(agent));
  if (names.length === 0) return [];
  const text = names.length === 1 ? (names[0] ?? "") : `${names.length} agents are done: ${names.join(", ")}`;
  return [`${style.ok(marks.done)} ${cutTo(text, columns - 2, marks.cut)}`];
}

function headOf(agent: TreeAgent, { agents, now, isOver }: Tree, screen: Screen): string {
  const state = stateOf(agent, isOver);
  const wanted = Math.max(...agents.map((one) => widthOf(printable(one.agent))));
  // A long name leaves at least half of the line to what is said of it.
  const width = Math.min(wanted, Math.floor(screen.columns / 2));
  const name = padTo(cutTo(printable(agent.agent), width, screen.marks.cut), width);
  return line(state, `${name}  ${headText(agent, state, now)}`, { indent: "", screen });
}

function headText({ steps, waiting }: TreeAgent, state: State, now: number): string {
  const began = Math.min(now, ...steps.map(({ started }) => started));
  const seconds = (end: number): string => `(${timeInWords(end - began)})`;
  if (state === "waiting") return `next: ${waiting[0] ?? ""} ${seconds(now)}`;
  const said = steps.filter((step) => step.state === state);
  if (state !== "done") return `${said.map(stepText).join(", ")} ${seconds(now)}`;
  const last = said.at(-1);
  return `${last === undefined ? "done" : stepText(last)} ${seconds(Math.max(...steps.map(({ ended }) => ended ?? now)))}`;
}

function stepText({ label, text, state }: Step): string {
  if (label === "") return text;
  return state === "running" ? `${text} ${label}` : `${label} ${text}`;
}

function stepsOf({ steps, waiting, usual }: TreeAgent, { now, isOver }: Tree, screen: Screen): readonly string[] {
  const labels = [...steps.map(({ label }) => label), ...waiting];
  const width = Math.max(...labels.map(widthOf));
  const row = (state: State, label: string, text: string): string =>
    line(state, `${padTo(label, width)}  ${text}`.trimEnd(), { indent: "  ", screen });
  return [
    ...steps.map((step) => row(step.state, step.label, `${step.text} ${timeOf(step, usual.get(step.key), now)}`)),
    ...(isOver ? [] : waiting.map((label) => row("waiting", label, ""))),
  ];
}

function timeOf({ state, started, ended }: Step, usual: number | undefined, now: number): string {
  if (state !== "running") return `(${timeInWords((ended ?? now) - started)})`;
  return timeInWords(now - started) + (usual === undefined ? "" : ` of about ${timeInWords(usual)}`);
}

function line(
  state: State,
  text: string,
  { indent, screen: { columns, style, marks } }: { readonly indent: string; readonly screen: Screen },
): string {
  const cut = cutTo(printable(text), columns - indent.length - 2, marks.cut);
  const colour = { done: style.ok, failed: style.bad, running: style.strong, waiting: style.weak }[state];
  return `${indent}${colour(marks[state])} ${state === "waiting" ? style.weak(cut) : cut}`;
}

function stateOf({ steps, waiting }: TreeAgent, isOver: boolean): State {
  if (steps.some(({ state }) => state === "failed")) return "failed";
  if (steps.some(({ state }) => state === "running")) return "running";
  return waiting.length > 0 && !isOver ? "waiting" : "done";
}

function isOpen(state: State): boolean {
  return state !== "done";
}
