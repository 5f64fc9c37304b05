// SPDX-License-Identifier: Apache-2.0
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Interrupted } from "../../cli/errors.ts";
import { editorOf, runEditor } from "../../cli/runEditor.ts";
import { scratchFolder, writeScript } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const PATH = process.env["PATH"];

async function edit(editor: string, signal = new AbortController().signal): Promise<string> {
  const file = join(folder(), "it's a file.json");
  await writeFile(file, "");
  await runEditor(file, folder(), {
    environment: { PATH, EDITOR: editor, CLAWS_AGE_KEY: "x", DIGITALOCEAN_TOKEN: "y", TAILSCALE_API_KEY: "z" },
    signal,
  });
  return await readFile(file, "utf8");
}

describe("the person's editor", () => {
  it("is VISUAL, then EDITOR, then vi", () => {
    expect(editorOf({ VISUAL: "a", EDITOR: "b" })).toBe("a");
    expect(editorOf({ VISUAL: "", EDITOR: "b" })).toBe("b");
    expect(editorOf({})).toBe("vi");
  });

  it("gets the file's name as it is, after its own arguments", async () => {
    const script = await writeScript(
      join(folder(), "editor"),
      'for last; do :; done; printf "%s|" "$#" "$1" "$TMPDIR" "$CLAWS_AGE_KEY$DIGITALOCEAN_TOKEN$TAILSCALE_API_KEY" > "$last"',
    );
    expect(await edit(script)).toBe(`1|${join(folder(), "it's a file.json")}|${folder()}||`);
    expect(await edit(`${script} --wait -n`)).toBe(`3|--wait|${folder()}||`);
  });

  it("may be a line for a shell", async () => {
    expect(await edit(`f() { echo "one two" > "$1"; }; f`)).toBe("one two\n");
  });

  it("fails with its own exit code, when it is killed, and when it is not there", async () => {
    await expect(edit("false")).rejects.toThrow('the editor "false" failed: it ended with exit code 1');
    await expect(edit("no-such-editor")).rejects.toThrow(
      'the editor "no-such-editor" failed: spawn no-such-editor ENOENT',
    );
    const script = await writeScript(join(folder(), "editor"), "kill -9 $$");
    await expect(edit(script)).rejects.toThrow("it ended with SIGKILL");
  });

  it("is not let go on when the command was stopped already", async () => {
    await expect(edit("tail -f /dev/null", AbortSignal.abort())).rejects.toThrow(Interrupted);
  });
});
