// Keeps the panel beside the form up to date. Without this it is as new as the page.

const form = document.querySelector("form[data-panel]");
const panel = document.querySelector("#panel");
let waits, asked;

const look = async () => {
  asked?.abort();
  asked = new AbortController();
  panel.setAttribute("aria-busy", "true");
  const query = new URLSearchParams([...new FormData(form)].filter(([, text]) => text !== ""));
  try {
    const answer = await fetch(`/propose/panel?${query}`, {
      signal: asked.signal, headers: { accept: "text/html" },
    });
    if (answer.ok) panel.innerHTML = await answer.text(); // our own page, with every value escaped
    panel.removeAttribute("aria-busy");
  } catch (error) {
    if (error.name !== "AbortError") panel.removeAttribute("aria-busy");
  }
};

form?.addEventListener("input", () => {
  clearTimeout(waits);
  waits = setTimeout(look, 300);
});

// A field that a link leads to lies in a part that may be folded.
const unfold = () => {
  const name = decodeURIComponent(location.hash.slice(1));
  const field = name && document.getElementById(name);
  field?.closest("details")?.setAttribute("open", "");
  field?.scrollIntoView();
  field?.querySelector("input, select, textarea")?.focus({ preventScroll: true });
};
addEventListener("hashchange", unfold);
unfold();
for (const wrong of document.querySelectorAll(".field.wrong")) {
  wrong.closest("details")?.setAttribute("open", "");
}

// What is empty need not stand in the address.
form?.addEventListener("formdata", (event) => {
  for (const [name, text] of [...event.formData]) {
    const left = event.formData.getAll(name).filter((each) => each !== "");
    if (text === "") { event.formData.delete(name); left.forEach((each) => event.formData.append(name, each)); }
  }
});
