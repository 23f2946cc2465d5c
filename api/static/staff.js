"use strict";
// The flow at the till: sign in, scan or type, who it is, amount, done.

// Facts that the big number says already.
const FACTS_SHOWN_ANYWAY = new Set(["PURCHASE_RECORDED", "POINTS_EARNED", "PURCHASE_REFUNDED", "POINTS_TAKEN_BACK"]);
const TICK_MS = 500;

let signedIn = null; // { staff, programme }
let visit = null; // as the server gave it, with `endsAt_ms` by this device's clock
let visitCode = ""; // the card code that opened it
let lookedFor = ""; // the member number that waits for a reason
let handedOver = []; // names of rewards, in this visit
let captureKeys = new Map(); // voucher id → idempotency key, while it is not known to be done
let purchase = null; // the input of a purchase that was sent, with its key, until it is settled
let unsure = false; // whether that purchase may be on record
let last = null; // the purchase that can be undone: { id, amount, key }

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

async function signIn(key, { onThisTill }) {
  if (!KEY_FORM.test(key)) return tell(["This is not a staff key.", "Paste all of it: it begins with rg_ and has no spaces."]);
  staffKey = key;
  let found;
  try {
    found = await ask("who");
  } catch (trouble) {
    if (trouble.kind !== "signedOut") throw trouble;
    forgetKey();
    return tell(["This key is not valid here, or it has ended.", "Paste all of it, or ask your manager for a new one."]);
  }
  if (!found.viewer.staff) {
    forgetKey();
    return tell(["This key belongs to a guest, not to staff.", "Ask your manager for a staff key."]);
  }
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
  if (currentView() === "visit") {
    if (code === visitCode) return true; // the scanner was pressed twice
    if (unsure) {
      showPurchase();
      tell(UNSURE);
      return true;
    }
  }
  await scan(code);
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
  if (digits.length !== 10) return tell([`A member number has 10 digits; this has ${digits.length}.`, "Check it with the guest and type it again."]);
  lookedFor = digits;
  at("reason-number").textContent = numberText(digits);
  showView("reason", { focus: "reason-title" });
  at("reasons").firstElementChild.focus();
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
  visit = purchase = last = null;
  unsure = false;
  visitCode = "";
  showView("start");
}

// ── Who it is ────────────────────────────────────────────────────────────────────────────

function openVisit(opened) {
  const whole_ms = Date.parse(opened.expiresAt) - Date.parse(opened.openedAt);
  // By the time between, not the time itself: a till's clock may be wrong.
  visit = { ...opened, whole_ms, endsAt_ms: Date.now() + whole_ms };
  handedOver = [];
  captureKeys = new Map();
  purchase = last = null;
  unsure = false;
  showView("visit");
  showPurchase();
  showVisit();
  tick();
  const { displayName, tier, points, vouchers } = visit.guest;
  announce(`${displayName}, ${tier.name}, ${pointsText(points)}, open vouchers: ${vouchers.length}.`);
}

function showVisit() {
  showGuest(visit.guest);
  showVouchers({
    vouchers: visit.guest.vouchers,
    handedOver,
    canRedeem: visit.canRedeem,
    onHandOver: (voucher) => alone(() => handOver(voucher)),
  });
}

function tick() {
  if (currentView() === "visit") showTimeLeft(visit.endsAt_ms - Date.now(), visit.whole_ms);
}

async function handOver(voucher) {
  tell();
  if (!captureKeys.has(voucher.id)) captureKeys.set(voucher.id, newKey());
  const input = { visitId: visit.id, voucher: voucher.id, idempotencyKey: captureKeys.get(voucher.id) };
  let result;
  try {
    result = await perform("capture", { input });
  } catch (trouble) {
    if (!trouble.unsure) throw trouble;
    return tell(["Not sure it was recorded.", "Press Hand over again: it counts once, however often you press."]);
  }
  captureKeys.delete(voucher.id);
  if (result.code) return tell(problemWords(result));
  handedOver.push(result.voucher.rewardName);
  visit.guest = result.guest;
  showVisit();
  at("amount").focus();
  announce(`Hand over: ${result.voucher.rewardName}.`);
}

// ── Amount ───────────────────────────────────────────────────────────────────────────────

const typedAmount = () => readAmount(at("amount").value, signedIn.programme.currency);

function showPurchase() {
  if (unsure) {
    at("amount").value = purchase.shown;
    at("receipt").value = purchase.input.receipt ?? "";
  }
  showAmount({ amount: typedAmount(), currency: signedIn.programme.currency, unsure });
}

function newPurchase() {
  const total = typedAmount();
  if (!total) return null;
  const receipt = at("receipt").value.trim() || null;
  const input = { target: { visitId: visit.id }, total, receipt, idempotencyKey: newKey() };
  return { input, shown: at("amount").value };
}

async function record() {
  if (!unsure && ((await takeScan(at("amount"))) || (await takeScan(at("receipt"))))) return;
  tell();
  // What is not known to be settled is sent again as it was, under its key: it counts once.
  purchase = unsure ? purchase : newPurchase();
  if (!purchase) {
    at("amount").select();
    return tell(["This is not an amount.", `Type it like ${amountExample(signedIn.programme.currency)}.`]);
  }
  let result;
  try {
    result = await perform("purchase", { input: purchase.input });
  } catch (trouble) {
    unsure = unsure || trouble.unsure;
    if (!trouble.unsure) throw trouble;
    showPurchase();
    return tell(UNSURE);
  }
  const amount = moneyText(purchase.input.total, signedIn.programme.currency);
  unsure = false;
  purchase = null;
  if (result.code) {
    showPurchase();
    return tell(problemWords(result));
  }
  last = { id: result.purchaseId, amount, key: newKey() };
  showResult(`${amount} recorded`, result.pointsEarned, result);
}

function resumeUnsure() {
  showView("visit");
  showVisit();
  showPurchase();
  tell(UNSURE);
}

// ── Done ─────────────────────────────────────────────────────────────────────────────────

function showResult(what, points, { guest, facts }) {
  const told = facts.filter((fact) => !FACTS_SHOWN_ANYWAY.has(fact.kind)).map((fact) => fact.text);
  showDone({ what, points, guest, facts: told, canUndo: last !== null });
}

function askWhetherToUndo() {
  tell();
  at("undo-words").textContent = `Undo the purchase of ${last.amount}? Its points are taken back.`;
  at("undo-question").hidden = false;
  at("undo").hidden = true;
  at("keep").focus();
}

function keep() {
  at("undo-question").hidden = true;
  at("undo").hidden = false;
  at("code").focus();
}

async function undo() {
  const input = { purchase: { purchaseId: last.id }, idempotencyKey: last.key };
  let result;
  try {
    result = await perform("refund", { input });
  } catch (trouble) {
    if (!trouble.unsure) throw trouble;
    return tell(["Not sure it was undone.", "Press “Yes, undo it” again: it counts once."]);
  }
  const { amount } = last;
  last = null;
  if (result.code) return startAgain(problemWords(result));
  showResult(`${amount} undone`, -result.pointsTakenBack, result);
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
  visit = purchase = null;
  unsure = false;
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
