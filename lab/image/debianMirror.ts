// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Debian mirror for root file systems: `CLAWS_DEBIAN_MIRROR`, else the one that a Debian host itself installs from, else
 * undefined: mmdebstrap knows Debian's public one. A host's mirror counts only by the usual path `/debian`: archives of other releases lie elsewhere.
 *
 * @throws when CLAWS_DEBIAN_MIRROR is no http or https URL or holds a password.
 */
export async function findDebianMirror(
  environment: NodeJS.ProcessEnv = process.env,
  root = "/",
): Promise<string | undefined> {
  const wanted = environment["CLAWS_DEBIAN_MIRROR"] ?? "";
  if (wanted !== "") {
    if (isMirror(wanted)) return wanted;
    throw new Error(
      'cannot use CLAWS_DEBIAN_MIRROR: it must be a URL without a password, such as "https://mirror.example/debian"',
    );
  }
  const release = await readText(join(root, "etc/os-release"));
  if (!/^ID="?debian"?$/m.test(release)) return undefined;
  return (await hostSources(root)).find((uri) => isMirror(uri) && /^[^?#]*\/debian\/?$/.test(uri));
}

/** URIs that apt installs from, in the order of its files. */
async function hostSources(root: string): Promise<readonly string[]> {
  const folder = join(root, "etc/apt");
  const parts = (await readdir(join(folder, "sources.list.d")).catch(() => [])).toSorted();
  const files = ["sources.list", ...parts.map((name) => join("sources.list.d", name))];
  const uris = files.map(async (name) => {
    const text = await readText(join(folder, name));
    if (name.endsWith(".list")) return parseList(text);
    return name.endsWith(".sources") ? parseSources(text) : [];
  });
  return (await Promise.all(uris)).flat();
}

/** Lines such as `deb [signed-by=/path] http://host/debian bookworm main`. */
function parseList(text: string): readonly string[] {
  return [...text.matchAll(/^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)/gm)].flatMap(([, uri]) => uri ?? []);
}

/** Stanzas with `Types:` and `URIs:`, which may go on in indented lines. */
function parseSources(text: string): readonly string[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name: string): readonly string[] =>
      (new RegExp(`^${name}:(.*(?:\\n[ \\t].*)*)`, "im").exec(stanza)?.[1] ?? "").split(/\s+/).filter(Boolean);
    const isOff = field("Enabled").includes("no");
    return field("Types").includes("deb") && !isOff ? field("URIs") : [];
  });
}

/** A password would be seen by everyone on this machine: mmdebstrap gets the mirror as an argument. */
function isMirror(uri: string): boolean {
  return /^https?:\/\/[^\s/@]+\/\S*$/.test(uri);
}

function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "");
}
