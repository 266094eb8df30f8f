// What every page can do with a keyboard. Pages are whole without it.

const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
const sheet = document.querySelector("#keys");
let waitsForPlace = false;

const placeOf = (letter) =>
  [...document.querySelectorAll(".bar nav a")].find(
    (link) => link.textContent.trim()[0]?.toLowerCase() === letter,
  );

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const key = event.key.toLowerCase();
  if (waitsForPlace) {
    waitsForPlace = false;
    const place = placeOf(key);
    if (place) { event.preventDefault(); place.click(); }
    return;
  }
  if (key === "?") { event.preventDefault(); sheet?.showModal(); }
  if (key === "g") waitsForPlace = true;
  if (key === "/") {
    const find = document.querySelector(".find input[type=search]");
    if (find) { event.preventDefault(); find.focus(); }
  }
});

// A form that was sent is not sent twice.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post" || "downloads" in event.target.dataset) return;
  for (const button of event.target.querySelectorAll("button")) {
    setTimeout(() => { button.disabled = true; });
  }
});
// Who comes back with the back button finds the form usable, and the page asks for what is true now.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
