"use strict";
// What is said at the till: a plain sentence, and what to do next. Amounts in the clerk's own way.

const FRESH = "Ask the guest to refresh the card in the app, then scan again.";
const AGAIN = "Scan the card again.";

/** By a problem's code: [what it is, what to do next]. */
const PROBLEMS = {
  CODE_USED: ["This code was used before.", FRESH],
  CODE_EXPIRED: ["This code is too old.", FRESH],
  CODE_UNREADABLE: ["This is not a member card.", "Scan the code in the guest’s app. If it was that code: set the scanner’s keyboard language to this computer’s."],
  CODE_FORGED: ["This card is not from this programme.", "Make sure the guest shows the card in your shop’s app."],
  CODE_NOT_YET_VALID: ["This code is from the future: a clock is wrong.", "Wait a moment and scan again."],
  CODE_REVOKED: ["This card was blocked.", "Ask the guest to sign in to the app again, or call your manager."],
  CODE_UNKNOWN: ["This card is not known here.", FRESH],
  NUMBER_MISTYPED: ["This is not a member number: a digit is wrong.", "Check the number with the guest and type it again."],
  MEMBER_UNKNOWN: ["Nobody has this number.", "Check the number with the guest and type it again."],
  VISIT_CLOSED: ["The five minutes of this visit are over.", AGAIN],
  VISIT_UNKNOWN: ["This visit is not open in your store.", AGAIN],
  CODE_NOT_MEANT_FOR_THIS: ["This needs the card itself.", "Ask the guest to show the card, and scan it."],
  VOUCHER_CAPTURED: ["This voucher was handed over before.", "Do not hand it over again."],
  VOUCHER_LAPSED: ["This voucher has run out.", "The guest can see it in the app."],
  VOUCHER_WITHDRAWN: ["This voucher was taken back after a refund.", "The guest can see it in the app."],
  VOUCHER_UNKNOWN: ["This guest has no such voucher.", AGAIN],
  RECEIPT_ALREADY_CLAIMED: ["This receipt was recorded before.", "Check the receipt number: each receipt counts once."],
  AMOUNT_OUT_OF_RANGE: ["This amount is more, or less, than one receipt may have.", "Check it for a slip."],
  TOO_MANY_DECIMALS: ["This amount has too many decimals.", "Type it as it stands on the receipt."],
  TEXT_LENGTH: ["What was typed is too long or too short.", "Shorten it, and try again."],
  TEXT_UNPRINTABLE: ["What was typed has characters that cannot be kept.", "Type it again, with letters and digits."],
  ALREADY_REFUNDED: ["This purchase was undone before.", "Nothing more to do."],
  PURCHASE_UNKNOWN: ["This purchase is not one of your store’s.", "Call your manager."],
  IDEMPOTENCY_CONFLICT: ["Something else was recorded in this step.", "Scan the card again, and look at the points first."],
  STORE_UNKNOWN: ["This key is not for this store.", "Sign in with your own key."],
  FORBIDDEN: ["Your key may not do this.", "Call your manager."],
};

const moneyFormat = (currency) => new Intl.NumberFormat(language, { style: "currency", currency });
const moneyText = (amount, currency) => moneyFormat(currency).format(amount);
const decimalsOf = (currency) => moneyFormat(currency).resolvedOptions().maximumFractionDigits;

/** A sum as this browser's people write it, to show how: `12,50` or `12.50`. */
function amountExample(currency) {
  const digits = decimalsOf(currency);
  const shape = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(language, shape).format(12.5);
}

/**
 * Reads `12,50`, `12.50` or `1 234,5` as the decimal string `12.50`; null for anything else.
 * A till knows no thousands separators but the space: `1.234` could be either, so it is refused.
 */
function readAmount(text, currency) {
  const found = /^(\d{1,9})(?:[.,](\d+))?$/.exec(text.replace(/[\s\u00a0\u202f]/g, ""));
  if (!found) return null;
  const [, whole, decimals = ""] = found;
  const most = decimalsOf(currency);
  if (decimals.length > most || !/[1-9]/.test(whole + decimals)) return null;
  return most ? `${whole}.${decimals.padEnd(most, "0")}` : whole;
}
