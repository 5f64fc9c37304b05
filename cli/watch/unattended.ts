// SPDX-License-Identifier: Apache-2.0
import { setting, type Environment } from "../environment.ts";

/** Variables that say where something is; a service gets them as they are now. */
const PLACES = [
  ...["PATH", "XDG_CONFIG_HOME", "CLAWS_CACHE", "CLAWS_TAILSCALE_SOCKET", "CLAWS_AGE_KEY_FILE", "CLAWS_AGE_KEY_CMD"],
  ...["CLAWS_TAILSCALE_PROGRAM", "CLAWS_VAULT_PASSPHRASE_CMD"],
  ...["PULUMI_HOME", "PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE_FILE", "AWS_REGION", "AWS_ENDPOINT_URL_S3"],
  ...["HTTPS_PROXY", "NO_PROXY", "NODE_EXTRA_CA_CERTS"],
];
/** Variables that may hold a secret; they never go into a service's file. */
const SECRETS = [
  ...["CLAWS_AGE_KEY", "CLAWS_VAULT_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_ACCESS_TOKEN"],
  ...["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"],
];
/** A URL with a password in it, as a proxy's or a state's may be. */
const PASSWORD = /:\/\/[^/@\s]*:[^/@\s]*@/;
/** What the service manager gives to every service of the user by itself. */
const GIVEN = ["HOME", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"];

/** The environment of a service that runs with nobody there. */
export interface UnattendedEnvironment {
  /** For the service's file. */
  readonly written: Readonly<Record<string, string>>;
  /** What the service will see. */
  readonly seen: Environment;
  /** Names of variables that are set here and that it will not see. */
  readonly left: readonly string[];
}

/** Splits the environment of now. */
export function unattendedEnvironment(environment: Environment): UnattendedEnvironment {
  const places = pick(environment, PLACES);
  const holding = Object.keys(places).filter((name) => PASSWORD.test(places[name] ?? ""));
  const written = Object.fromEntries(Object.entries(places).filter(([name]) => !holding.includes(name)));
  return {
    written,
    seen: { ...pick(environment, GIVEN), ...written },
    left: [...SECRETS.filter((name) => setting(environment, name) !== undefined), ...holding],
  };
}

function pick(environment: Environment, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = setting(environment, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
