// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PanelDestination } from "./panelGuard.ts";

/** A file of the panel as it is sent, in the place of a JSON reply. */
export class PanelFile {
  readonly path: string;
  readonly destination: PanelDestination;
  readonly mediaType: string;
  readonly body: Buffer;

  constructor(path: string, destination: PanelDestination, body: Buffer) {
    this.path = path;
    this.destination = destination;
    this.mediaType = MEDIA_TYPES[destination];
    this.body = body;
  }
}

const MEDIA_TYPES: Readonly<Record<PanelDestination, string>> = {
  document: "text/html; charset=utf-8",
  script: "text/javascript; charset=utf-8",
  style: "text/css; charset=utf-8",
  image: "image/svg+xml",
};

/** Every file of the panel; no other is ever read. */
export const PANEL_FILES: Readonly<Record<string, PanelDestination>> = {
  "index.html": "document",
  "panel.css": "style",
  "icon.svg": "image",
  "panel.js": "script",
  "auditModel.js": "script",
  "auditView.js": "script",
  "confirmDialogs.js": "script",
  "elements.js": "script",
  "keyView.js": "script",
  "panelClient.js": "script",
  "rotateDialog.js": "script",
  "rotation.js": "script",
  "statusModel.js": "script",
  "timeText.js": "script",
};

/** Where the image and the repository keep the panel. */
export const PANEL_FOLDER = join(import.meta.dirname, "../../panel");

/**
 * What every reply of the control port carries: nothing but the panel's own files may run or be asked, nobody may frame, embed or keep it.
 * COOP counts on trustworthy origins only, so nothing rests on it.
 */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; "),
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Reads the panel once, so that what is served does not change while the daemon runs. @throws Error when a file is missing */
export async function readPanelFiles(folder = PANEL_FOLDER): Promise<readonly PanelFile[]> {
  const files = Object.entries(PANEL_FILES).map(async ([name, destination]) => {
    const path = name === "index.html" ? "/panel/" : `/panel/${name}`;
    return new PanelFile(path, destination, await readFile(join(folder, name)));
  });
  return Promise.all(files);
}
