// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { setting, withoutSecrets, type Environment } from "./environment.ts";
import { failure, Interrupted } from "./errors.ts";

/** The person's editor, as a shell reads it: VISUAL, EDITOR, else vi. */
export function editorOf(environment: Environment): string {
  return setting(environment, "VISUAL") ?? setting(environment, "EDITOR") ?? "vi";
}

/** How long an editor may take to end after it was told to. */
const PATIENCE = 3000;

/**
 * Opens a file in the editor and waits. Its temporary files are asked to stay in `folder`.
 *
 * @throws UserError when it fails; Interrupted when the command is told to stop, and then the editor is stopped first
 */
export async function runEditor(
  file: string,
  folder: string,
  { environment, signal }: { readonly environment: Environment; readonly signal: AbortSignal },
): Promise<void> {
  const editor = editorOf(environment);
  const [program, ...words] = editorLine(editor, file);
  const child = spawn(program, words, {
    stdio: "inherit",
    env: { ...withoutSecrets(environment), TMPDIR: folder },
  });
  const stop = (): void => {
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), PATIENCE).unref();
  };
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    const end = await new Promise<string>((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("close", (code, by) => resolve(code === 0 ? "" : `it ended with ${by ?? `exit code ${code ?? 1}`}`));
    });
    if (signal.aborted) throw new Interrupted("nothing was changed");
    if (end !== "")
      throw failure(`the editor "${editor}" failed: ${end}`, "nothing was changed", "name another with EDITOR");
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** The text is the user's own, with arguments perhaps; only one that a shell must read gets a shell, which would not pass on signals. */
function editorLine(editor: string, file: string): readonly [string, ...string[]] {
  const [program, ...words] = editor.trim().split(/\s+/);
  const isPlain = /^[\w@%+:,./ \t-]+$/.test(editor) && program !== undefined && program !== "";
  return isPlain ? [program, ...words, file] : ["/bin/sh", "-c", `${editor} "$@"`, "editor", file];
}
