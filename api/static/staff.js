"use strict";
// The flow at the till: sign in, scan or type; then a visit. And where keys and clicks go.

const TICK_MS = 500;

let signedIn = null; // { staff, programme }
let visitCode = ""; // the card code that opened the visit
let lookedFor = ""; // the member number that waits for a reason

// ── One thing at a time ──────────────────────────────────────────────────────────────────

let busy = false;

/** Runs one task; a second Enter, click or scan meanwhile does nothing. */
async function alone(task) {
  if (busy) return;
  busy = true;
  document.body.setAttribute("aria-busy", "true");
  try {
    await task();
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    if (trouble.kind === "signedOut") signOut();
    tell(troubleWords(trouble));
  } finally {
    busy = false;
    document.body.removeAttribute("aria-busy");
  }
}

const onSubmit = (id, task) => at(id).addEventListener("submit", (event) => {
  event.preventDefault();
  alone(task);
});
const onClick = (id, task) => at(id).addEventListener("click", () => alone(task));

// ── Sign in ──────────────────────────────────────────────────────────────────────────────

function refuseKey(what, next) {
  forgetKey();
  at("key").select(); // so that the next paste takes its place
  tell([what, next]);
}

async function signIn(key, { onThisTill }) {
  if (!KEY_FORM.test(key)) return refuseKey("This is not a staff key.", "Paste all of it: it begins with rg_ and has no spaces.");
  staffKey = key;
  let found;
  try {
    found = await ask("who");
  } catch (trouble) {
    if (trouble.kind !== "signedOut") throw trouble;
    return refuseKey("This key is not valid here, or it has ended.", "Paste all of it, or ask your manager for a new one.");
  }
  if (!found.viewer.staff) return refuseKey("This key belongs to a guest, not to staff.", "Ask your manager for a staff key.");
  rememberKey(key, { onThisTill });
  const before = signedIn;
  signedIn = { staff: found.viewer.staff, programme: found.programme };
  showStaff(signedIn);
  // A purchase of which nobody knows is settled first, but only by whoever sent it: to the server,
  // the same key from somebody else is another purchase.
  if (unsure && JSON.stringify(before) === JSON.stringify(signedIn)) return resumeUnsure();
  nextGuest();
}

function signOut() {
  forgetKey();
  showView("signIn");
}

// ── Scan or type ─────────────────────────────────────────────────────────────────────────

/** The card code in what was typed, or "". A scanner may have caps lock on, or write behind digits. */
const cardCodeIn = (text) => (/LC1:.*/i.exec(text)?.[0] ?? "").toUpperCase();

/** Takes a card code from whichever field the scanner wrote it into; tells whether there was one. */
async function takeScan(field) {
  const code = cardCodeIn(field.value);
  if (!code) return false;
  field.value = "";
  const isOpenAlready = currentView() === "visit" && code === visitCode; // the scanner was pressed twice
  if (!isOpenAlready) await scan(code);
  return true;
}

async function scan(code) {
  const result = await perform("scan", { code });
  if (result.code) return startAgain(problemWords(result));
  visitCode = code;
  openVisit(result.visit);
}

async function findGuest() {
  if (await takeScan(at("code"))) return;
  const text = at("code").value.trim();
  if (!text) return;
  const digits = text.replace(/[\s\-\u2010\u2011\u2013]/g, "");
  if (!/^\d+$/.test(digits)) return scan(text);
  if (digits.length !== 10) {
    at("code").select();
    return tell([`A member number has 10 digits; this has ${digits.length}.`, "Check it with the guest and type it again."]);
  }
  lookedFor = digits;
  at("reason-number").textContent = numberText(digits);
  showView("reason", { focus: "first-reason" });
}

async function lookUp(reason) {
  if (!reason) return tell(["A reason is needed.", "Choose one, or type it in a few words."]);
  const result = await perform("lookUp", { number: lookedFor, reason });
  if (!result.code) return openVisit(result.visit);
  startAgain(problemWords(result));
  at("code").value = numberText(lookedFor);
  at("code").select();
}

function startAgain(words) {
  nextGuest();
  tell(words);
}

/** Leaves whoever was served, and waits for the next. */
function nextGuest() {
  forgetVisit();
  visitCode = "";
  showView("start");
}

// ── Keys ─────────────────────────────────────────────────────────────────────────────────

/**
 * A scanner types wherever the focus is. On a button, the spaces and the Enter in its text would
 * press it; so the first letter or digit moves the focus to the view's field, and lands there.
 */
function sendKeysToField(event) {
  if (event.key === "Escape" && !busy && !unsure && ["visit", "reason", "done"].includes(currentView())) return nextGuest();
  const isText = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (isText && signedIn && document.activeElement?.tagName !== "INPUT") mainField().focus();
}

onSubmit("sign-in", () => signIn(at("key").value.trim(), { onThisTill: at("remember").checked }));
onClick("sign-out", () => {
  forgetVisit();
  signOut();
});
onSubmit("scan", findGuest);
for (const button of at("reasons").children) {
  button.addEventListener("click", () => alone(() => lookUp(button.textContent)));
}
onSubmit("other-reason", async () => (await takeScan(at("reason"))) || lookUp(at("reason").value.trim()));
onClick("back", nextGuest);
onSubmit("purchase", record);
at("amount").addEventListener("input", showPurchase);
onClick("leave", nextGuest);
onClick("next-guest", nextGuest);
onClick("undo", askWhetherToUndo);
onClick("keep", keep);
onClick("undo-yes", undo);
document.addEventListener("keydown", sendKeysToField, { capture: true });
setInterval(tick, TICK_MS);

const knownKey = rememberedKey();
showView("signIn");
if (knownKey) alone(() => signIn(knownKey, { onThisTill: false }));
window.addEventListener("hashchange", () => {
  const given = rememberedKey();
  if (given !== staffKey) alone(() => signIn(given, { onThisTill: false }));
});
