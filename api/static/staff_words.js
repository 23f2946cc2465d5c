"use strict";
// What the pages of the staff say alike. `PROBLEMS` is each page's own.

const TROUBLES = {
  noAnswer: ["No connection to the server.", "Check the network, then try again."],
  busy: ["The server is busy.", "Try again in a few seconds."],
  failed: ["Something went wrong on the server.", "Try again. If it stays, call your manager."],
  signedOut: ["Your sign-in has ended.", "Sign in again with your staff key."],
};
const UNSURE = ["Not sure it was recorded.", "Try again: it counts once, however often you try."];

/** [what it is, what to do next] of a problem; a code from a newer server keeps its own sentence. */
const problemWords = (problem) => PROBLEMS[problem.code] ?? [problem.message, "Call your manager if this stays."];

function troubleWords(trouble) {
  const [what, next] = TROUBLES[trouble.kind];
  return [what, trouble.logId ? `${next} (Log: ${trouble.logId})` : next];
}

const language = navigator.language || "en";
const grouped = new Intl.NumberFormat(language);
const plural = new Intl.PluralRules("en"); // of the page's own words
const pointsUnit = (points) => (plural.select(points) === "one" ? "point" : "points");
const pointsText = (points) => `${grouped.format(points)} ${pointsUnit(points)}`;

/** `1234567890` as cards show it. */
const numberText = (digits) => digits.replace(/^(\d{4})(\d{3})(\d{3})$/, "$1 $2 $3");
