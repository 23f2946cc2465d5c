"use strict";
// What waits until staff decide: look, approve or decline, and what came of it.

let keys = new Map(); // id and decision → idempotency key, while it is not known to be settled

async function onSignedIn() {
  if (!["clerk", "manager"].includes(signedIn.staff.role)) {
    return refuseKey("This key decides nothing: it belongs to a system of the shop.", "Sign in with the key of a clerk or a manager.");
  }
  await look();
  showView("waiting");
  show();
}

function onSignedOut() {
  keys = new Map();
}

// ── Look ─────────────────────────────────────────────────────────────────────────────────

let waiting = null; // as the server gave it

async function look() {
  waiting = (await ask("waiting")).viewer.staff;
}

function show() {
  const role = signedIn.staff.role;
  showWaiting({
    ...waiting,
    role,
    onAdjustment: ({ id }) => (approve, card) => alone(() => decide(adjustmentDecision(id, approve), card)),
    onClaim: ({ id }) => (approve, card) => alone(() => decide(claimDecision(id, approve), card)),
  });
  const all = waiting.adjustmentsWaiting + waiting.claimsWaiting;
  announce(all ? `To decide: ${grouped.format(all)}.` : nothingWords(role));
}

async function lookAgain() {
  tell();
  await look();
  show();
}

// ── Decide ───────────────────────────────────────────────────────────────────────────────

const adjustmentDecision = (id, approve) => ({
  operation: "decideAdjustment",
  input: { adjustmentId: id, approve, idempotencyKey: keyOf(id, approve) },
  resultWords: adjustmentResult,
});

const claimDecision = (id, approve) => ({
  operation: "decideClaim",
  input: { claimId: id, approve, idempotencyKey: keyOf(id, approve) },
  resultWords: claimResult,
});

function keyOf(id, approve) {
  const what = `${id} ${approve}`;
  if (!keys.has(what)) keys.set(what, newKey());
  return keys.get(what);
}

async function decide({ operation, input, resultWords }, card) {
  tell();
  tell([], card.problem);
  let result;
  try {
    result = await perform(operation, { input });
  } catch (trouble) {
    if (trouble.kind === "signedOut") throw trouble;
    if (!trouble.unsure) return tell(troubleWords(trouble), card.problem);
    // What may be on record cannot be changed: only the same again is left to press.
    card.buttons[input.approve ? 1 : 0].disabled = true;
    return tell(["Not sure it was recorded.", "Press the same button again: it counts once, however often you press."], card.problem);
  }
  keys.delete(`${input.adjustmentId ?? input.claimId} ${input.approve}`);
  for (const button of card.buttons) button.disabled = false;
  if (!result.code) return settle(card, resultWords(result), { isGood: result.approved });
  if (SETTLED.has(result.code)) return settle(card, problemWords(result), { isGood: false });
  tell(problemWords(result), card.problem);
}

onClick("look-again", lookAgain);
begin();
