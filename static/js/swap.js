// Around a swap by htmx: what waits is marked busy, the first error gets the focus, the outcome is said aloud.
// A piece of a page that wants to be announced carries data-announce="the sentence".
const announcer = document.getElementById("announcer");

function say(sentence) {
  announcer.textContent = sentence;
}

function fail() {
  document.getElementById("messages").replaceChildren(document.getElementById("failed").content.cloneNode(true));
}

document.addEventListener("htmx:beforeRequest", (event) => event.detail.target.setAttribute("aria-busy", "true"));
document.addEventListener("htmx:afterRequest", (event) => event.detail.target.removeAttribute("aria-busy"));

document.addEventListener("htmx:afterSettle", (event) => {
  const piece = event.detail.elt;
  piece.querySelector(".is-invalid, [aria-invalid=true]")?.focus();
  const spoken = piece.closest("[data-announce]") ?? piece.querySelector("[data-announce]");
  if (spoken) say(spoken.dataset.announce);
});

document.addEventListener("htmx:responseError", fail);
document.addEventListener("htmx:sendError", fail);
