// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { UserError } from "./errors.ts";

/** The environment variables of the process; commands take them as an argument. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The value of a variable, or undefined when it is not set or empty. */
export function setting(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  return value === undefined || value === "" ? undefined : value;
}

/**
 * The user's configuration folder: `$XDG_CONFIG_HOME`, else `%APPDATA%` on Windows and `~/.config` on all other systems, macOS too:
 * that is where people look for the files of a command-line tool.
 *
 * @throws UserError when neither variable is set.
 */
export function configFolder(environment: Environment, platform: NodeJS.Platform = process.platform): string {
  const folder = setting(environment, "XDG_CONFIG_HOME");
  if (folder !== undefined) return folder;
  const name = platform === "win32" ? "APPDATA" : "HOME";
  const home = setting(environment, name);
  if (home === undefined) {
    throw new UserError(`cannot find the configuration folder: neither XDG_CONFIG_HOME nor ${name} is set`, [
      `set ${name}, or name your identity with CLAWS_AGE_KEY_FILE`,
    ]);
  }
  return platform === "win32" ? home : join(home, ".config");
}

/** Cloud credentials by all the names that this toolkit and its programs read; what else a person exports is the person's own affair. */
const CREDENTIALS = new RegExp(
  `^(?:${[
    ...["DIGITALOCEAN_(?:ACCESS_)?TOKEN", "TAILSCALE_API_KEY", "TAILSCALE_OAUTH_CLIENT_(?:ID|SECRET)"],
    ...["PULUMI_CONFIG_PASSPHRASE", "PULUMI_ACCESS_TOKEN"],
    ...["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"],
  ].join("|")})$`,
);

/** The environment for a program that needs no service's credentials either: ssh, a browser, a build step. */
export function withoutSecrets(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(withoutIdentities(environment)).filter(([name]) => !CREDENTIALS.test(name)));
}

/** The environment for a program that is not ours: without what opens the vault. */
export function withoutIdentities(environment: Environment): Environment {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^CLAWS_(?:AGE_|VAULT_PASSPHRASE)/.test(name)),
  );
}
