// A button with data-copy="id" copies the text of that element. It shows itself only where copying can work.
function reveal(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const text = "value" in source ? source.value : source.innerText;
  try {
    await navigator.clipboard.writeText(text.trim());
  } catch {
    return; // the text can still be selected by hand
  }
  button.querySelector("span").textContent = button.dataset.done;
  document.getElementById("announcer").textContent = button.dataset.done;
});

reveal(document);
document.addEventListener("htmx:load", (event) => reveal(event.target));
