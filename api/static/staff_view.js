"use strict";
// What is seen. Whatever came from the server enters as text: the page's policy allows no markup.

const at = (id) => document.getElementById(id);

/** Where the cursor is in each view: in this one, and in those of the page itself. */
const MAIN_FIELDS = { signIn: "key" };
const currentView = () => document.body.dataset.view;

/** Shows one view, with its fields empty, and puts the cursor where people go on. */
function showView(view, { focus = MAIN_FIELDS[view] } = {}) {
  document.body.dataset.view = view;
  for (const part of document.querySelectorAll("[data-views]")) {
    part.hidden = !part.dataset.views.split(" ").includes(view);
  }
  for (const field of document.querySelectorAll("input:not([type=checkbox])")) field.value = "";
  tell();
  scrollTo(0, 0);
  at(focus).focus({ preventScroll: view === "done" }); // there the points matter more
}

/** Says what is wrong and what to do next, aloud too; without words it clears that. */
function tell([what, next] = [], place = at("problem")) {
  const parts = what ? [element("b", what), element("span", next)] : [];
  place.replaceChildren(...parts);
  if (what) place.scrollIntoView({ block: "nearest" });
}

/** Says a result to those who do not see it. */
function announce(text) {
  at("announcement").textContent = text;
}

function element(tag, text, className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}

function showStaff({ staff, programme }) {
  at("programme").textContent = programme.name;
  at("store").textContent = staff.store?.name ?? "No store";
  at("role").textContent = staff.label === staff.role ? staff.role : `${staff.label}, ${staff.role}`;
}
