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
