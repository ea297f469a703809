// "/" moves the focus to the search field of the page, unless someone is writing.
const writes = "input, textarea, select, [contenteditable]";

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest(writes)) return;
  const search = [...document.querySelectorAll("[data-search]")].find((field) => field.offsetParent);
  if (!search) return;
  event.preventDefault();
  search.focus();
  search.select();
});
