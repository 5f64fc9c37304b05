// SPDX-License-Identifier: Apache-2.0
// `node scripts/bundle.mjs`: makes dist/, from which cli/bin.cjs starts `claws` in a third of the time. Plain JavaScript: the bootstrap runs it.
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

/** What else the small bundles hold than what all commands share: the commands for which cli/bin.cjs picks each of them. */
const COMMANDS = {
  list: ["./commands/keys/list.ts"],
  quick: ["./commands/version.ts", "./commands/status.ts"],
};
/** What `keys list` never does: it asks no service, runs no program of a cloud, does not save the vault, and is a command. */
const NOT_FOR_LIST = new Set(
  [
    ...["agentNames", "browser", "completion/liveNames", "daemonClient", "digitalOcean", "importInput"],
    ...["localTailscale", "policy/policyApi", "portProbe", "runTool", "serverClock", "ssh/runSsh", "stack", "tailnet"],
    ...["tailscaleApi", "unknownCommand", "vaultSeal"],
  ].map((name) => `./${name}.ts`),
);
/** One expression, which cli/bin.cjs calls with what a CommonJS file sees. */
const AS_FUNCTION = { banner: { js: "(function(exports,require,module,__dirname){" }, footer: { js: "})" } };
const MAKER = "scripts/bundle.mjs";

/**
 * Makes the bundles that do not fit the sources any more. They are a matter of speed alone: without them the sources run.
 *
 * @returns the names of those it made
 */
export async function ensureBundles(root, tell = () => undefined) {
  const entry = join(root, "cli/bin.cjs");
  if (!existsSync(entry)) return [];
  const { isFresh } = createRequire(entry)(entry);
  const stale = ["list", "quick", "claws"].filter((name) => !isFresh(root, name));
  const made = [];
  for (const name of stale) {
    try {
      if (await makeBundle(root, name)) made.push(name);
    } catch (error) {
      tell(
        `claws starts slower, from its sources: cannot bundle them: ${String(error.message).split("\n").slice(0, 2).join(" ")}`,
      );
      break;
    }
  }
  return made;
}

/** @returns false when a source changed meanwhile: the next run makes it */
async function makeBundle(root, name) {
  const { build } = await import("esbuild");
  const started = Date.now();
  const { metafile, outputFiles } = await build(buildOptions(root, name));
  const sources = [...Object.keys(metafile.inputs), MAKER];
  const times = sources.map((file) => [file, sizeAndTime(join(root, file))]);
  // Of what was written while esbuild read, the bundle may hold a half.
  if (times.some(([, [, time]]) => time >= started - 10)) return false;
  mkdirSync(join(root, "dist"), { recursive: true, mode: 0o755 });
  const [output, list] = [`dist/${name}.cjs`, `dist/${name}.json`];
  // A bundle without its list is not used: the list goes first and comes back last.
  rmSync(join(root, list), { force: true });
  writeWhole(join(root, output), outputFiles[0].contents);
  times.unshift([output, sizeAndTime(join(root, output))]);
  writeWhole(join(root, list), `${JSON.stringify(Object.fromEntries(times))}\n`);
  return true;
}

function buildOptions(root, name) {
  return {
    absWorkingDir: root,
    entryPoints: ["cli/runProcess.ts"],
    outfile: `dist/${name}.cjs`,
    write: false,
    metafile: true,
    logLevel: "silent",
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node22.18",
    // Packages keep their own files, licences and lazy loading; the engine's SDK could not be bundled at all.
    packages: "external",
    // Names stay, so that a report of a fault can be read.
    minifyWhitespace: true,
    minifySyntax: true,
    // The folder of the source: "dist" and "cli" lie side by side.
    define: { "import.meta.dirname": "__dirname" },
    // cli/bin.cjs runs it as a script, where Node's loader is not at hand.
    ...(name === "list" ? { ...AS_FUNCTION, supported: { "dynamic-import": false } } : {}),
    plugins: name === "claws" ? [] : [without((path) => isLeftOut(name, path))],
  };
}

/** Whether the commands of a small bundle never load the file. */
function isLeftOut(name, path) {
  if (path.startsWith("./commands/")) return !COMMANDS[name].includes(path);
  return name === "list" && NOT_FOR_LIST.has(path);
}

/** What is left out becomes a package that nobody has. */
function without(isLeftOut) {
  return {
    name: "without-other-commands",
    setup: ({ onResolve }) =>
      onResolve({ filter: /^\./ }, ({ path, kind }) =>
        kind === "dynamic-import" && isLeftOut(path)
          ? { path: `not-in-this-bundle/${path.slice(2)}`, external: true }
          : undefined,
      ),
  };
}

function sizeAndTime(file) {
  const { size, mtimeMs } = statSync(file);
  return [size, mtimeMs];
}

function writeWhole(file, content) {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, content, { mode: 0o644, flush: true });
  renameSync(temporary, file);
}

if (process.argv[1] === import.meta.filename) {
  const tell = (text) => process.stderr.write(`bundle: ${text}\n`);
  const made = await ensureBundles(resolve(import.meta.dirname, ".."), tell);
  tell(made.length === 0 ? "nothing to do" : `made dist/${made.join(".cjs and dist/")}.cjs`);
}
