"use strict";
// What the pages of the staff do alike: one thing at a time, and signing in.

let signedIn = null; // { staff, programme }

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

/** Goes on with `onSignedIn` of the page, which is told whether they were here before. */
async function signIn(key, { onThisDevice }) {
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
  rememberKey(key, { onThisDevice });
  const before = signedIn;
  signedIn = { staff: found.viewer.staff, programme: found.programme };
  showStaff(signedIn);
  await onSignedIn({ isSameAsBefore: JSON.stringify(before) === JSON.stringify(signedIn) });
}

function signOut() {
  forgetKey();
  showView("signIn");
}

/** Signs in by the key that this page was opened with, or that is remembered; else asks for one. */
function begin() {
  onSubmit("sign-in", () => signIn(at("key").value.trim(), { onThisDevice: at("remember").checked }));
  onClick("sign-out", () => {
    onSignedOut();
    signOut();
  });
  const knownKey = rememberedKey();
  showView("signIn");
  if (knownKey) alone(() => signIn(knownKey, { onThisDevice: false }));
  window.addEventListener("hashchange", () => {
    const given = rememberedKey();
    if (given !== staffKey) alone(() => signIn(given, { onThisDevice: false }));
  });
}
