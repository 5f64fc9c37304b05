// SPDX-License-Identifier: Apache-2.0

/** Loads a script of the panel that needs no page. The panel's own types are checked by tests/agent-image/panel/files.test.ts. */
export async function loadPanelModule<T>(name: string): Promise<T> {
  const url = new URL(`../../agent-image/panel/${name}`, import.meta.url);
  return (await import(url.href)) as T;
}
