// SPDX-License-Identifier: Apache-2.0
import { required, type Command } from "../command.ts";
import { UserError } from "../errors.ts";
import { nearest } from "../nearest.ts";

const SCRIPTS: Readonly<Record<string, () => Promise<typeof import("../completion/bashScript.ts").renderBashScript>>> =
  {
    bash: async () => (await import("../completion/bashScript.ts")).renderBashScript,
    zsh: async () => (await import("../completion/zshScript.ts")).renderZshScript,
    fish: async () => (await import("../completion/fishScript.ts")).renderFishScript,
  };

/** `claws completion` */
export const completion: Command = {
  summary: "print the script with which a shell completes claws",
  description:
    "Completes commands, options, stacks, and the agents that a command has read last. In bash and zsh, evaluate it where the shell starts; in fish, write it to ~/.config/fish/completions/claws.fish.",
  argument: { name: "shell", summary: "bash, zsh or fish" },
  options: {},
  examples: ["claws completion bash", "claws completion fish"],
  handler: async (values, { terminal, commands = [] }) => {
    const shell = required(values, "shell");
    const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
    if (script === undefined) throw unknownShell(shell);
    const { readCompletionData } = await import("../completion/completionData.ts");
    terminal.print((await script())(await readCompletionData(commands)));
    return undefined;
  },
};

function unknownShell(shell: string): UserError {
  const meant = nearest(shell, Object.keys(SCRIPTS));
  return new UserError("SHELL must be bash, zsh or fish", [
    meant === undefined ? "claws completion --help" : `did you mean "claws completion ${meant}"?`,
  ]);
}
