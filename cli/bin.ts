#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// The same program as bin.js, which starts faster.
import { runProcess } from "./runProcess.ts";

await runProcess();
