"use strict";
// A visit: who it is, their vouchers, the amount, done, and undone.

// Facts that the big number says already.
const FACTS_SHOWN_ANYWAY = new Set(["PURCHASE_RECORDED", "POINTS_EARNED", "PURCHASE_REFUNDED", "POINTS_TAKEN_BACK"]);

let visit = null; // as the server gave it, with `endsAt_ms` by this device's clock
let handedOver = []; // names of rewards, in this visit
let captureKeys = new Map(); // voucher id → idempotency key, while it is not known to be done
let purchase = null; // the input of a purchase that was sent, with its key, until it is settled
let unsure = false; // whether that purchase may be on record
let last = null; // the purchase that can be undone: { id, amount, key }

// ── Who it is ────────────────────────────────────────────────────────────────────────────

function forgetVisit() {
  visit = purchase = last = null;
  unsure = false;
  handedOver = [];
  captureKeys = new Map();
}

function openVisit(opened) {
  const whole_ms = Date.parse(opened.expiresAt) - Date.parse(opened.openedAt);
  // By the time between, not the time itself: a till's clock may be wrong.
  forgetVisit();
  visit = { ...opened, whole_ms, endsAt_ms: Date.now() + whole_ms };
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
    const what = at("amount").value ? "This is not an amount." : "The amount is missing.";
    return tell([what, `Type it like ${amountExample(signedIn.programme.currency)}.`]);
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
  showDone({ what, points, guest, facts: told, isUndone: last === null });
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
  showResult(`${amount} undone`, result.pointsTakenBack, result);
}
