// SPDX-License-Identifier: Apache-2.0
import { callApi, NoReply, type ApiReply, type ApiRequest } from "../apiClient.ts";
import { failure, UserError } from "../errors.ts";
import { setting, type Environment } from "../environment.ts";
import { asList, asObject, asText } from "../stackState.ts";
import { authorize, tailscaleCredentials, tailscaleOrigin } from "../tailscaleApi.ts";

/** The policy as it stands: its own text, comments included, and what names this version of it. */
export interface LivePolicy {
  readonly text: string;
  /** The ETag, as it was sent. */
  readonly version: string;
}

/** The policy calls of the Tailscale API. */
export interface PolicyApi {
  read(): Promise<LivePolicy>;
  /** Lets Tailscale check a text and run its tests; keeps nothing. @returns what is wrong, empty when nothing is */
  validate(text: string): Promise<readonly string[]>;
  /** Replaces the policy if it is still the given version. @throws UserError when somebody changed it meanwhile */
  replace(text: string, version: string): Promise<void>;
}

const HUJSON = "application/hujson";
const LIMIT = 4 * 1024 * 1024;

/** A client with the credentials of the environment. @throws UserError when there are none */
export function openPolicyApi(environment: Environment): PolicyApi {
  const tailnet = encodeURIComponent(setting(environment, "TAILSCALE_TAILNET") ?? "-");
  const path = `/api/v2/tailnet/${tailnet}/acl`;
  const call = caller(environment);
  return {
    read: async () => {
      const { body, etag: version } = refuse(await call("GET", path), "read the tailnet's policy", "policy_file:read");
      if (version === undefined)
        throw failure("Tailscale did not say which version of the policy it sent", "nothing was changed");
      return { text: body.toString("utf8"), version };
    },
    validate: async (text) => {
      const reply = await call("POST", `${path}/validate`, { text });
      refuse(reply, "check a policy", "policy_file:read");
      return problemsIn(reply.body);
    },
    replace: async (text, version) => {
      const reply = await call("POST", path, { text, version });
      if (reply.status === 412)
        throw failure("somebody changed the tailnet's policy meanwhile", "nothing was written; run the command again");
      if (reply.status === 400)
        throw failure(`Tailscale refuses the policy: ${problemsIn(reply.body).join("; ")}`, "nothing was written");
      refuse(reply, "write the tailnet's policy", "policy_file");
    },
  };
}

type Call = (
  method: ApiRequest["method"],
  path: string,
  send?: { readonly text: string; readonly version?: string },
) => Promise<ApiReply>;

function caller(environment: Environment): Call {
  const origin = tailscaleOrigin(environment);
  const credentials = tailscaleCredentials(environment);
  return async (method, path, send) => {
    const headers = {
      authorization: await authorize(credentials, origin),
      accept: HUJSON,
      ...(send === undefined ? {} : { "content-type": HUJSON }),
      ...(send?.version === undefined ? {} : { "if-match": send.version }),
    };
    const body = send === undefined ? {} : { body: Buffer.from(send.text, "utf8") };
    return await callApi({ method, url: new URL(path, origin), headers, ...body, limit: LIMIT }).catch(
      (error: unknown) => {
        if (!(error instanceof NoReply)) throw error;
        if (error.sent && send?.version !== undefined)
          throw failure(
            `Tailscale did not answer: ${error.message}`,
            "whether the policy was written is not known: claws tailnet policy diff tells",
          );
        throw new UserError(`cannot reach Tailscale at ${origin.origin}: ${error.message}`, [
          "check the network and TAILSCALE_BASE_URL",
        ]);
      },
    );
  };
}

function refuse(reply: ApiReply, what: string, scope: string): ApiReply {
  const { status } = reply;
  if (status === 200) return reply;
  if (status === 401)
    throw new UserError(
      "Tailscale refuses the credentials in TAILSCALE_API_KEY or TAILSCALE_OAUTH_CLIENT_ID and _SECRET",
      ["make a new token and set it"],
    );
  if (status === 403)
    throw new UserError(`the Tailscale credentials may not ${what}`, [
      `give the OAuth client the scope ${scope}, or set TAILSCALE_API_KEY`,
    ]);
  if (status === 404)
    throw failure("Tailscale does not know the tailnet", "check TAILSCALE_TAILNET and TAILSCALE_BASE_URL");
  throw failure(`cannot ${what}: Tailscale answered with status ${status}`);
}

/** A refusal is `{message, data: [{user, errors}]}`, and an empty object or nothing at all is none. */
function problemsIn(body: Buffer): readonly string[] {
  if (body.toString("utf8").trim() === "") return [];
  let reply: Readonly<Record<string, unknown>>;
  try {
    reply = asObject(JSON.parse(body.toString("utf8")));
  } catch {
    return ["an answer that is not JSON"];
  }
  const failures = asList(reply["data"])
    .map(asObject)
    .flatMap(({ user, errors }) => asList(errors).map((error) => `${asText(user)}: ${asText(error)}`));
  const message = asText(reply["message"]);
  return message === "" ? failures : [message, ...failures];
}
