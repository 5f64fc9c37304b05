// SPDX-License-Identifier: Apache-2.0
import { bridgedProvider } from "../bridge/bridgedProvider.ts";
import { serveProvider } from "../engine/serveProvider.ts";
import { digitalOceanPackage } from "./package.ts";

await serveProvider(bridgedProvider(digitalOceanPackage), process.argv.slice(2));
