// SPDX-License-Identifier: Apache-2.0
export { startAtTerminal, type PseudoTerminal } from "../../scripts/session/pseudoTerminal.ts";
