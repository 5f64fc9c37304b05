// SPDX-License-Identifier: Apache-2.0
// The page's way to the daemon it came from, and to nobody else.

/** @typedef {import("./statusModel.js").Session & { readonly token: string }} OpenSession */

/** @typedef {{ readonly error?: string, readonly code?: string, readonly winner?: { readonly version: number, readonly by: string } }} ErrorReply */

/** A refusal by the daemon, in its words. */
export class Refusal extends Error {
  /**
   * @param {string} text
   * @param {string} code
   */
  constructor(text, code) {
    super(text);
    /** For programs. */
    this.code = code;
  }
}

/** Calls with a token of this page, which is kept in memory only and renewed when the daemon has forgotten it. */
export class PanelClient {
  #fetch;
  #token = "";

  /** @param {typeof globalThis.fetch} fetch */
  constructor(fetch) {
    this.#fetch = fetch;
  }

  /**
   * Asks for a token and for what this caller may do.
   * @returns {Promise<import("./statusModel.js").Session>}
   * @throws Refusal, or Error when there is no connection
   */
  async open() {
    const { body } = await this.#post("/panel/session", {}, {});
    const { token, ...session } = /** @type {OpenSession} */ (body);
    this.#token = token;
    return session;
  }

  /**
   * Calls a route of the control API.
   * @param {string} path with its query
   * @param {object} body
   * @returns {Promise<{ readonly body: unknown, readonly at: Date }>} the reply and the daemon's time
   * @throws Refusal, or Error when there is no connection and nobody knows whether the call was carried out
   */
  async call(path, body) {
    const attempt = () => this.#post(`/panel${path}`, body, { "claws-panel-token": this.#token });
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "panel-expired") throw error;
      // It was refused before anything was done, so it may be sent again.
      await this.open();
      return attempt();
    }
  }

  /**
   * @param {string} path
   * @param {object} body
   * @param {Readonly<Record<string, string>>} headers
   */
  async #post(path, body, headers) {
    const response = await this.#fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
      // Cookies of other ports of this host are none of ours.
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      referrerPolicy: "no-referrer",
    });
    const reply = /** @type {unknown} */ (await response.json());
    if (!response.ok) throw refusalOf(/** @type {ErrorReply} */ (reply), response.status);
    return { body: reply, at: new Date(response.headers.get("date") ?? Date.now()) };
  }
}

/**
 * @param {ErrorReply} reply
 * @param {number} status
 */
function refusalOf({ error, code = "", winner }, status) {
  const who = winner === undefined ? "" : ` (version ${winner.version} by ${winner.by})`;
  return new Refusal(`${error ?? `status ${status}`}${who}`, code);
}
