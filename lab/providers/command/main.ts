// SPDX-License-Identifier: Apache-2.0
import { serveProvider } from "../engine/serveProvider.ts";
import { commandProvider } from "./commandProvider.ts";

await serveProvider(commandProvider, process.argv.slice(2));
