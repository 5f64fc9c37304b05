// SPDX-License-Identifier: Apache-2.0
import type { ControlErrorCode, Winner } from "../../protocol/errorReply.ts";

/** Thrown inside a control call to end it with an error. */
export class ControlRefusal extends Error {
  readonly code: ControlErrorCode;
  /** Who put what a put lost against, where the caller may know. */
  readonly winner: Winner | undefined;

  constructor(code: ControlErrorCode, winner?: Winner) {
    super(code);
    this.code = code;
    this.winner = winner;
  }
}
