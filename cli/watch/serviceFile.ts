// SPDX-License-Identifier: Apache-2.0
import { UserError } from "../errors.ts";

/** A service of the user that runs one command line. */
export interface Service {
  /** Of the stack; it stands in names of files, so it has no slash. */
  readonly stack: string;
  /** Of project and stack together: another project may have a stack of the same name. */
  readonly id: string;
  /** Absolute paths and plain words. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute path of a file with further variables; only systemd reads one, and it may be missing. */
  readonly secrets?: string | undefined;
}

/** By this a file is known as ours, which may be replaced. */
export const MARK = "Written by claws watch --install";

const ID_MARK = "Of project and stack ";

/** The {@link Service.id} that a file of ours names. */
export function idIn(content: string): string | undefined {
  return new RegExp(`^(?:#|<!--) ${ID_MARK}([0-9a-f]+)`, "m").exec(content)?.[1];
}

/** The unit for systemd's user manager. */
export function renderSystemdUnit({ stack, id, argv, environment, secrets }: Service): string {
  const settings = Object.entries(environment).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`);
  // With ":" nothing is replaced by variables; "%" must be doubled all the same.
  return [
    `# ${MARK}; write it anew with that command.`,
    `# ${ID_MARK}${id}`,
    "[Unit]",
    `Description=Keeps the agents of stack ${stack} open`,
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    `ExecStart=:${argv.map(quoted).join(" ")}`,
    ...settings,
    ...(secrets === undefined
      ? []
      : [
          "# For what must not stand here, such as PULUMI_CONFIG_PASSPHRASE; mode 0600.",
          `EnvironmentFile=-${plain(secrets)}`,
        ]),
    "Restart=on-failure",
    "RestartSec=30",
    "UMask=0077",
    "LimitCORE=0",
    "NoNewPrivileges=yes",
    "RestrictSUIDSGID=yes",
    "RestrictRealtime=yes",
    "RestrictNamespaces=yes",
    "LockPersonality=yes",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
    "SystemCallErrorNumber=EPERM",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "",
    "[Install]",
    "WantedBy=default.target",
    "",
  ].join("\n");
}

/** The property list for launchd. */
export function renderLaunchdPlist({ stack, id, argv, environment }: Service): string {
  const variables = Object.entries(environment).map(
    ([name, value]) => `    <key>${escaped(name)}</key><string>${escaped(value)}</string>`,
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    `<!-- ${MARK}; write it anew with that command. -->`,
    `<!-- ${ID_MARK}${id} -->`,
    '<plist version="1.0"><dict>',
    `  <key>Label</key><string>${launchdLabel(stack)}</string>`,
    "  <key>ProgramArguments</key><array>",
    ...argv.map((word) => `    <string>${escaped(word)}</string>`),
    "  </array>",
    "  <key>EnvironmentVariables</key><dict>",
    ...variables,
    "  </dict>",
    "  <key>RunAtLoad</key><true/>",
    "  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>",
    "  <key>ThrottleInterval</key><integer>30</integer>",
    "  <key>Umask</key><integer>63</integer>",
    "  <key>HardResourceLimits</key><dict><key>Core</key><integer>0</integer></dict>",
    "</dict></plist>",
    "",
  ].join("\n");
}

/** The name under which launchd knows the service. */
export function launchdLabel(stack: string): string {
  return `com.officeclaws.watch.${stack}`;
}

/** A word as systemd reads it back. @throws UserError for what no unit can hold */
function quoted(word: string): string {
  refuseControl(word);
  return `"${word.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%")}"`;
}

/** A path where systemd reads the rest of the line as it is. */
function plain(path: string): string {
  refuseControl(path);
  return path.replaceAll("%", "%%");
}

function escaped(text: string): string {
  refuseControl(text);
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function refuseControl(text: string): void {
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  if (!/[\u0000-\u001f\u007f]/.test(text)) return;
  throw new UserError("cannot write the service: a path or variable has a control character in it", [
    "look at PATH and at the paths of project and vault",
  ]);
}
