// SPDX-License-Identifier: Apache-2.0

/** What was shown, and when. */
export interface CastEvent {
  /** Seconds since the start of the recording. */
  readonly time: number;
  readonly text: string;
}

/** A recorded terminal session, as asciicast files hold it. */
export interface Cast {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly events: readonly CastEvent[];
}

/** The text of an asciicast file of version 2, which players such as asciinema's read: a header, then a line per event. */
export function renderCast({ width, height, title, events }: Cast): string {
  const lines = events.map(({ time, text }) => JSON.stringify([Number(time.toFixed(3)), "o", text]));
  return `${[JSON.stringify({ version: 2, width, height, title }), ...lines].join("\n")}\n`;
}

/** Reads what {@link renderCast} wrote. @throws Error for anything else */
export function parseCast(file: string): Cast {
  const [head = "", ...lines] = file.trimEnd().split("\n");
  const header = JSON.parse(head) as Readonly<Record<string, unknown>>;
  const { version, width, height, title } = header;
  if (version !== 2 || typeof width !== "number" || typeof height !== "number" || typeof title !== "string")
    throw new Error("it is not an asciicast file of version 2");
  return { width, height, title, events: lines.map(parseEvent) };
}

function parseEvent(line: string): CastEvent {
  const [time, kind, text] = JSON.parse(line) as readonly unknown[];
  if (typeof time !== "number" || kind !== "o" || typeof text !== "string")
    throw new Error("an event of the recording is malformed");
  return { time, text };
}
