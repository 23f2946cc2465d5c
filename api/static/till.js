"use strict";
// The flow at the till: scan or type; then a visit. And where keys and clicks go.

const TICK_MS = 500;

let visitCode = ""; // the card code that opened the visit
let lookedFor = ""; // the member number that waits for a reason

function onSignedIn({ isSameAsBefore }) {
  showCurrency(signedIn.programme.currency);
  // A purchase of which nobody knows is settled first, but only by whoever sent it: to the server,
  // the same key from somebody else is another purchase.
  if (unsure && isSameAsBefore) return resumeUnsure();
  nextGuest();
}

const onSignedOut = forgetVisit;

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

begin();
