// Beside the passkey scripts of django-allauth: says what went wrong, and hides what this browser cannot do.
// The sentences stand in the page, in the element with data-passkey-status.
const status = document.querySelector("[data-passkey-status]");

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const refused = event.detail.exception?.name === "NotAllowedError";
  const known = event.detail.exception?.name === "InvalidStateError";
  status.textContent = known ? status.dataset.known : refused ? status.dataset.refused : status.dataset.failed;
  status.hidden = false;
});

if (!window.PublicKeyCredential) {
  for (const button of document.querySelectorAll("[data-passkey]")) button.disabled = true;
  status.textContent = status.dataset.missing;
  status.hidden = false;
}
