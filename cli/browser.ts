// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { setting, withoutSecrets, type Environment } from "./environment.ts";
import { codeOf } from "./errors.ts";

/** The system's own way to show a URL, or why there is none. */
export function openerFor(platform: NodeJS.Platform, environment: Environment): readonly string[] | string {
  if (platform === "darwin") return ["open"];
  // `start` is a word of cmd.exe, which would read the URL as a command line.
  if (platform === "win32") return ["rundll32.exe", "url.dll,FileProtocolHandler"];
  const display = setting(environment, "DISPLAY") ?? setting(environment, "WAYLAND_DISPLAY");
  return display === undefined ? "there is no display" : ["xdg-open"];
}

/** Shows a URL in the person's browser and does not wait for it. @returns why it cannot, or undefined */
export async function openBrowser(url: string, environment: Environment): Promise<string | undefined> {
  const opener = openerFor(process.platform, environment);
  if (typeof opener === "string") return opener;
  const [file = "", ...words] = opener;
  const child = spawn(file, [...words, url], {
    detached: true,
    stdio: "ignore",
    env: { ...withoutSecrets(environment) },
  });
  return await new Promise((resolve) => {
    child.once("error", (error) => resolve(`cannot run ${file}: ${codeOf(error) ?? "unknown cause"}`));
    child.once("spawn", () => {
      child.unref();
      resolve(undefined);
    });
  });
}
