"use strict";
// How what waits is seen. What people wrote enters as text, each in its own direction.

Object.assign(MAIN_FIELDS, { waiting: "waiting-title" });
const STARS_MAX = 5;

function told(tag, text, className = "") {
  const made = element(tag, text, className);
  made.dir = "auto";
  return made;
}

function link(address) {
  const made = element("a", address);
  made.href = address;
  made.target = "_blank";
  made.rel = "noopener noreferrer";
  return made;
}

/** A text, or a link if it is the address of a page: never a picture, which would tell who looks. */
function toldOrLink(text) {
  const address = webAddress(text);
  return address ? link(address) : told("span", text);
}

function stars(rating) {
  const line = element("p", "", "stars");
  const drawn = element("span", "★".repeat(rating) + "☆".repeat(STARS_MAX - rating));
  drawn.setAttribute("aria-hidden", "true");
  line.append(drawn, element("span", `${rating} of ${STARS_MAX} stars`, "for-ears"));
  return line;
}

/** A review's parts as everybody will read them; the names that it took are left to no list. */
function reviewParts(values) {
  const parts = [];
  const take = (name, draw) => {
    if (!values.has(name)) return;
    parts.push(draw(values.get(name)));
    values.delete(name);
  };
  take("product", (product) => told("p", product, "product"));
  if (values.get("rating") >= 1 && values.get("rating") <= STARS_MAX) take("rating", stars);
  take("text", (text) => told("blockquote", text));
  return parts;
}

function valueShown(value) {
  if (typeof value === "string") return toldOrLink(value);
  if (typeof value === "number") return grouped.format(value);
  return value ? "yes" : "no";
}

function attributeList(values) {
  const list = element("dl", "");
  for (const [name, value] of values) {
    const shown = element("dd", "");
    shown.append(valueShown(value));
    list.append(element("dt", name.replaceAll("_", " ")), shown);
  }
  return list;
}

/**
 * A card with its two buttons. `onDecide` takes whether it is approved, and the card.
 * What was decided stays in its place, so that nothing else moves under a second click.
 */
function card({ title, about, parts, onDecide, takes = false }) {
  const made = element("li", "", takes ? "sheet takes" : "sheet");
  const problem = element("div", "", "problem");
  problem.setAttribute("role", "alert");
  const decision = element("div", "", "decision row");
  const button = (text, className, approve) => {
    const made = element("button", text, className);
    made.type = "button";
    made.setAttribute("aria-label", `${text}: ${about}`);
    made.addEventListener("click", () => onDecide(approve, shown));
    decision.append(made);
    return made;
  };
  const buttons = onDecide ? [button("Approve", "main", true), button("Decline", "second", false)] : [];
  const shown = { decision, problem, buttons };
  made.append(told("h3", title), ...parts);
  if (onDecide) made.append(decision, problem);
  return made;
}

function claimCard(claim, onDecide) {
  const values = new Map(claim.attributes.map(({ name, whole, text, flag }) => [name, text ?? whole ?? flag]));
  const about = [claim.kindName, values.get("product")].filter(Boolean).join(", ");
  const parts = claim.isReview ? reviewParts(values) : [];
  if (values.size) parts.push(attributeList(values));
  if (claim.isReview) parts.push(element("p", "Once approved, everybody can read it, without a name.", "hint"));
  parts.push(element("p", timeText(claim.claimedAt), "hint"));
  return card({ title: claim.kindName, about, parts, onDecide });
}

function adjustmentCard(proposed, onDecide) {
  const who = element("p", "for ", "whom");
  who.append(told("b", proposed.displayName || "a guest"), " ", element("span", proposed.memberNumber, "number"));
  const by = element("p", "Proposed by ", "hint");
  by.append(told("span", proposed.proposedBy), `, ${timeText(proposed.proposedAt)}. It waits until ${timeText(proposed.expiresAt)}.`);
  const parts = [who, told("blockquote", proposed.reason), by];
  if (proposed.isOwn) parts.push(element("p", "You proposed this: another manager has to decide.", "own"));
  const title = signedPoints(proposed.points);
  const about = `${title} for ${proposed.displayName || "a guest"}`;
  return card({ title, about, parts, onDecide: proposed.isOwn ? null : onDecide, takes: proposed.points < 0 });
}

/** Puts what came of it where the buttons were, and the cursor there, so that it is read aloud. */
function settle({ decision, problem }, [what, next], { isGood }) {
  tell([], problem);
  const result = element("p", "", isGood ? "result" : "result bad");
  result.tabIndex = -1;
  result.append(element("b", what), " ", told("span", next));
  decision.replaceChildren(result);
  result.focus({ preventScroll: true });
}

function showWaiting({ adjustments, adjustmentsWaiting, claims, claimsWaiting, role, onAdjustment, onClaim }) {
  at("adjustment-list").replaceChildren(...adjustments.map((each) => adjustmentCard(each, onAdjustment(each))));
  at("claim-list").replaceChildren(...claims.map((each) => claimCard(each, onClaim(each))));
  at("adjustments").hidden = !adjustments.length;
  at("claims").hidden = !claims.length;
  at("adjustments-more").textContent = moreWords("newest", adjustments.length, adjustmentsWaiting);
  at("claims-more").textContent = moreWords("oldest", claims.length, claimsWaiting);
  at("nothing").textContent = nothingWords(role);
  at("nothing").hidden = Boolean(adjustments.length || claims.length);
}
