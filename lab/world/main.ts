// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import { adminRoutes } from "./adminRoutes.ts";
import { serveAdmin } from "./adminServer.ts";
import { startWorld } from "./world.ts";
import { readWorldConfig } from "./worldConfig.ts";

/** The process that plays everything outside of the operator's machine. Argument: the configuration file. Prints "ready" once all of it answers. */
const [, , file = ""] = process.argv;
const config = await readWorldConfig(file);
const world = await startWorld(config);
await serveAdmin(path.join(config.directory, "admin.sock"), adminRoutes(world));
console.log("ready");
