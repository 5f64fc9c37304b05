// SPDX-License-Identifier: Apache-2.0
import { callApi, NoReply, type ApiRequest } from "./apiClient.ts";
import { failure, UserError } from "./errors.ts";

/** A refusal of credentials that are good for other things. */
export class ScopeMissing extends UserError {}

/** A cloud service that is asked for JSON, and the variables that lead to it. */
export interface CloudService {
  /** `DigitalOcean`, `Tailscale`. */
  readonly name: string;
  /** The variable with its address. */
  readonly urlVariable: string;
  /** The variables with its credentials, for hints. */
  readonly credentialVariables: string;
}

/**
 * Asks a cloud service for a JSON document.
 *
 * @returns undefined when it says 404, null when it says 204.
 * @throws UserError: exit 2 when the service cannot be reached or refuses the credentials, exit 1 for any other answer.
 */
export async function fetchJson(service: CloudService, call: ApiRequest): Promise<unknown> {
  const reply = await callApi(call).catch((error: unknown) => {
    if (!(error instanceof NoReply)) throw error;
    throw new UserError(`cannot reach ${service.name} at ${call.url.origin}: ${error.message}`, [
      `check the network and ${service.urlVariable}`,
    ]);
  });
  if (reply.status === 404) return undefined;
  if (reply.status === 401)
    throw new UserError(`${service.name} refuses the credentials in ${service.credentialVariables}`, [
      "make a new token and set it",
    ]);
  if (reply.status === 403)
    throw new ScopeMissing(
      `${service.name} does not let the credentials in ${service.credentialVariables} do "${call.method} ${call.url.pathname}"`,
      ["give the token the scopes that the README lists"],
    );
  if (reply.status === 429)
    throw failure(`${service.name} says there were too many requests`, "wait a minute and try again");
  if (reply.status < 200 || reply.status > 299)
    throw failure(`${service.name} answered "${call.method} ${call.url.pathname}" with status ${reply.status}`);
  if (reply.status === 204) return null;
  try {
    return JSON.parse(reply.body.toString("utf8"));
  } catch {
    throw failure(`${service.name} answered "${call.method} ${call.url.pathname}" with something that is not JSON`);
  }
}

/** The URL in a variable. @throws UserError when it is not an http or https URL. */
export function urlIn(variable: string, value: string): URL {
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new UserError(`${variable} must be an http or https URL`, ["the host only, such as https://api.example.com"]);
  return url;
}
