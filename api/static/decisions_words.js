"use strict";
// What is said of decisions: a plain sentence, and what to do next.

const SOMEBODY_ELSE = ["Somebody else decided this before you.", "Nothing more to do."];
const GONE = ["This does not wait any more.", "Nothing more to do: the guest may have left the programme."];
const OTHER_RULES = ["This is not what the programme asks for by now.", "It cannot count any more: decline it."];

/** By a problem's code: [what it is, what to do next]. */
const PROBLEMS = {
  CLAIM_DECIDED: SOMEBODY_ELSE,
  CLAIM_UNKNOWN: GONE,
  ALREADY_COUNTED: ["The guest did this before, and it counts once.", "Decline it."],
  KIND_UNKNOWN: OTHER_RULES,
  ATTRIBUTE_UNKNOWN: OTHER_RULES,
  ATTRIBUTE_MISSING: OTHER_RULES,
  ATTRIBUTE_WRONG: OTHER_RULES,
  TEXT_LENGTH: OTHER_RULES,
  TEXT_UNPRINTABLE: OTHER_RULES,
  OCCURRED_TOO_EARLY: ["This is too long ago to count.", "Decline it."],
  PROPOSAL_DECIDED: SOMEBODY_ELSE,
  PROPOSAL_UNKNOWN: GONE,
  PROPOSAL_LAPSED: ["This has waited too long to be decided.", "If it is right still, propose it anew."],
  OWN_PROPOSAL: ["You proposed this yourself.", "Another manager has to decide."],
  POINTS_OUT_OF_RANGE: ["The programme does not allow that many points at once by now.", "Decline it, and propose fewer."],
  NOT_ENOUGH_POINTS: ["The guest does not have that many points.", "Decline it, or leave it until there are enough."],
  BALANCE_TOO_LARGE: ["The guest would have more points than the programme allows.", "Decline it, or leave it until some are spent."],
  IDEMPOTENCY_CONFLICT: ["Something else was sent in this step.", "Press “Look again”, and decide it anew."],
  FORBIDDEN: ["Your key may not decide this.", "Sign in with the key of a manager."],
};
/** Problems after which there is nothing left to press. */
const SETTLED = new Set([
  "CLAIM_DECIDED", "CLAIM_UNKNOWN", "PROPOSAL_DECIDED", "PROPOSAL_UNKNOWN", "PROPOSAL_LAPSED", "OWN_PROPOSAL",
]);

// Facts that the result says already.
const FACTS_SAID_ANYWAY = new Set(["ACTIVITY_RECORDED", "POINTS_EARNED", "CLAIM_REFUSED"]);

const dayAndTime = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const timeText = (time) => dayAndTime.format(new Date(time));
const signedPoints = (points) => (points < 0 ? "−" : "+") + pointsText(Math.abs(points));

/** What is said where a list is shorter than what waits; else "". */
const moreWords = (which, shown, all) =>
  all > shown ? `The ${which} ${grouped.format(shown)} of ${grouped.format(all)}. Decide some, then look again.` : "";

const nothingWords = (role) =>
  role === "manager"
    ? "Nothing waits. Claims of guests and large adjustments of other managers come up here."
    : "Nothing waits. Claims of guests come up here.";

function claimResult({ approved, pointsEarned, facts }) {
  if (!approved) return ["Declined.", "The guest can read that it was not accepted."];
  const points = pointsEarned ? `The guest earned ${pointsText(pointsEarned)}.` : "It counts, and earned no points.";
  const news = facts.filter((fact) => !FACTS_SAID_ANYWAY.has(fact.kind)).map((fact) => fact.text);
  return ["Approved.", [points, ...news].join(" ")];
}

function adjustmentResult({ approved, guest }) {
  if (!approved) return ["Declined.", "No points moved."];
  return ["Approved.", `${guest.displayName || "The guest"} has ${pointsText(guest.points)} now.`];
}

/**
 * The address of a web page that a text is, and nothing else; null for any other text.
 * As the browser understands it (`href`), so that what is read is where it leads: a name before
 * an `@` could pass for the host.
 */
function webAddress(text) {
  if (!/^https?:\/\/\S+$/i.test(text)) return null;
  try {
    const address = new URL(text);
    return address.username || address.password ? null : address.href;
  } catch {
    return null;
  }
}
