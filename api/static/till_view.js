"use strict";
// What is seen at the till.

Object.assign(MAIN_FIELDS, { start: "code", reason: "reason", visit: "amount", done: "code" });
/** The field that keys go to in each view, wherever the focus is. */
const mainField = () => at(MAIN_FIELDS[currentView()]);

function showCurrency(currency) {
  at("currency").textContent = currency;
  at("amount").placeholder = amountExample(currency);
}

function showGuest(guest) {
  const { background, ink, accent } = guest.tier.colours;
  const card = at("card").style; // through the object model: the policy forbids style attributes
  card.setProperty("--card", background);
  card.setProperty("--card-ink", ink);
  card.setProperty("--card-accent", accent);
  at("guest-tier").textContent = guest.tier.name;
  at("guest-name").textContent = guest.displayName || "A guest";
  at("guest-number").textContent = guest.number;
  at("guest-points").textContent = grouped.format(guest.points);
  at("guest-points-unit").textContent = pointsUnit(guest.points);
}

/** Lists what is open, and what was handed over in this visit. `onHandOver` takes a voucher. */
function showVouchers({ vouchers, handedOver, canRedeem, onHandOver }) {
  const given = handedOver.map((name) => {
    const line = element("li", name, "given");
    line.append(element("span", "Handed over"));
    return line;
  });
  const open = vouchers.map((voucher) => {
    const line = element("li", voucher.rewardName);
    const button = element("button", "Hand over", "second");
    button.type = "button";
    button.setAttribute("aria-label", `Hand over: ${voucher.rewardName}`);
    button.addEventListener("click", () => onHandOver(voucher));
    if (canRedeem) line.append(button);
    return line;
  });
  at("voucher-list").replaceChildren(...given, ...open);
  at("voucher-hint").hidden = canRedeem || !open.length;
  at("vouchers").hidden = !given.length && !open.length;
}

/** Shows the milliseconds left of a visit of `whole_ms`. */
function showTimeLeft(left_ms, whole_ms) {
  const left_s = Math.max(0, Math.ceil(left_ms / 1000));
  const seconds = String(left_s % 60).padStart(2, "0");
  at("countdown").textContent = left_s ? `${Math.floor(left_s / 60)}:${seconds}` : "Time is up";
  at("time-left").style.setProperty("width", `${(100 * Math.max(0, left_ms)) / whole_ms}%`);
  at("card").classList.toggle("ending", left_s <= 60);
}

/** Tells the sum on the button, as it will be recorded. An unsure purchase cannot be changed. */
function showAmount({ amount, currency, unsure }) {
  at("record").textContent = unsure ? "Try again" : amount ? `Record ${moneyText(amount, currency)}` : "Record";
  at("leave").textContent = unsure ? "Next guest, and look into this one later" : "Next guest, without a purchase";
  at("amount").readOnly = at("receipt").readOnly = unsure;
}

/** The view after a purchase, or after it was undone: points gained or lost, and what it set off. */
function showDone({ what, points, guest, facts, isUndone }) {
  showView("done");
  const title = `${isUndone ? "−" : "+"}${pointsText(points)}`;
  at("done-what").textContent = what;
  at("done-title").textContent = title;
  at("done-balance").textContent = `${guest.displayName || "The guest"} has ${pointsText(guest.points)} now.`;
  at("reached").replaceChildren(...facts.map((text) => element("li", text)));
  at("news").hidden = !facts.length;
  at("done-title").classList.toggle("undone", isUndone);
  at("undo").hidden = isUndone;
  at("undo-question").hidden = true;
  announce([what, title, at("done-balance").textContent, ...facts].join(". "));
}
