// SPDX-License-Identifier: Apache-2.0
import type { Cast } from "./cast.ts";
import { playCast } from "./screen.ts";
import { renderSvg } from "./svg.ts";

/** Where the README's picture is, from the root of the repository. */
export const SESSION_PICTURE = "docs/session.svg";

/** What the session shows, for readers that do not see it. */
export const SESSION_TITLE = "claws in a terminal: init, keys, up, push, status, rotate, destroy";

/** The picture of a session: all lines that it left on the screen. */
export async function drawSession(cast: Cast): Promise<string> {
  return renderSvg(await playCast(cast), cast.width, cast.title);
}
