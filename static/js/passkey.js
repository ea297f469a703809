// Beside the passkey scripts of django-allauth: says what went wrong, and hides what this browser cannot do.
// The sentences stand in the page, in the element with data-passkey-status.
const status = document.querySelector("[data-passkey-status]");

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const said = { NotAllowedError: "refused", InvalidStateError: "known", SecurityError: "nameless" };
  status.textContent = status.dataset[said[event.detail.exception?.name] ?? "failed"];
  status.hidden = false;
});

if (!window.PublicKeyCredential) {
  for (const button of document.querySelectorAll("[data-passkey]")) button.disabled = true;
  status.textContent = status.dataset.missing;
  status.hidden = false;
}
