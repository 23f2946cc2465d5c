"use strict";
// How the pages of the staff ask the server, and what they know when no answer comes.

const ANSWER_MS_MAX = 15000; // the server gives up after 10 s; later, the network has lost it
const KEY_PLACE = "regulars_staff_key";
const KEY_FORM = /^[A-Za-z0-9._~+/-]+=*$/; // RFC 6750; anything else could not stand in a header

const PROBLEM = "... on Problem { code message retryable }";
/** By name: this one, and what the page itself asks. */
const OPERATIONS = {
  who: `query Who {
    viewer { staff { role label store { name } } }
    programme { name currency }
  }`,
};

/**
 * No answer to act on. `kind`: "signedOut" (401), "noAnswer" (network), "busy" (503) or "failed".
 * `unsure` tells that the server may have done it all the same.
 */
class Trouble extends Error {
  constructor(kind, { unsure = false, logId = "" } = {}) {
    super(kind);
    this.kind = kind;
    this.unsure = unsure;
    this.logId = logId;
  }
}

let staffKey = "";

/** Gives the data of an operation's answer; throws Trouble. */
async function ask(operation, variables) {
  let response, answer;
  try {
    response = await fetch(document.body.dataset.graphql, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "Accept": "application/graphql-response+json",
        "Authorization": "Bearer " + staffKey,
      },
      body: JSON.stringify({ query: OPERATIONS[operation], variables }),
      credentials: "omit",
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    answer = await response.json();
  } catch {
    throw new Trouble("noAnswer", { unsure: true });
  }
  if (response.status === 401) throw new Trouble("signedOut");
  if (response.status === 503) throw new Trouble("busy", { unsure: true });
  if (!response.ok || answer.errors) {
    const logId = answer.errors?.[0]?.extensions?.logId ?? "";
    throw new Trouble("failed", { unsure: response.status >= 500 || response.ok, logId });
  }
  return answer.data;
}

/** Gives the result of a mutation: its success, or a problem (`code` in it). Throws Trouble. */
async function perform(operation, variables) {
  return (await ask(operation, variables)).result;
}

/** A fresh idempotency key. Not `randomUUID`: a phone on plain http has none (no secure context). */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return "till-" + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// A browser may forbid either storage: then the key lasts as long as the page.
function withStorage(use) {
  try {
    return use();
  } catch {
    return null;
  }
}

/** Takes the key out of the URL (so that no bookmark or screenshot keeps it), else from storage. */
function rememberedKey() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    history.replaceState(null, "", location.pathname);
    return given;
  }
  return withStorage(() => sessionStorage.getItem(KEY_PLACE) || localStorage.getItem(KEY_PLACE)) || "";
}

function rememberKey(key, { onThisDevice }) {
  withStorage(() => sessionStorage.setItem(KEY_PLACE, key));
  if (onThisDevice) withStorage(() => localStorage.setItem(KEY_PLACE, key));
}

function forgetKey() {
  staffKey = "";
  withStorage(() => sessionStorage.removeItem(KEY_PLACE));
  withStorage(() => localStorage.removeItem(KEY_PLACE));
}
