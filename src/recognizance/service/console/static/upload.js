// Sends a form's files one by one before the form itself: larger than a form may be, with progress,
// by choosing, dropping or pasting. Without this, the form carries them.

const words = JSON.parse(document.querySelector("#words").textContent);

function send(file, csrf, tell) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/v1/uploads"); // the form that follows says what it is
    request.setRequestHeader("x-csrf-token", csrf);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => tell(event.loaded / (event.total || 1)));
    request.addEventListener("load", () => {
      if (request.status === 201) done(request.response.upload_id);
      else {
        const { title, detail } = request.response ?? {};
        const odd = words.answered.replace("{status}", request.status);
        failed(new Error([title ?? odd, detail].filter(Boolean).join(" ")));
      }
    });
    for (const end of ["error", "abort", "timeout"]) request.addEventListener(end, () => failed(null));
    request.send(file);
  });
}

async function sendAll(form) {
  const box = form.querySelector(".sending");
  const bar = box.querySelector("progress");
  box.hidden = false;
  for (const input of form.querySelectorAll("input[type=file]")) {
    const file = input.files[0];
    if (!file) continue;
    const id = await send(file, form.elements.csrf.value, (part) => { bar.value = part; });
    let hidden = form.querySelector(`input[name="${input.name}_id"]`);
    if (!hidden) {
      hidden = Object.assign(document.createElement("input"), { type: "hidden", name: `${input.name}_id` });
      form.append(hidden);
    }
    hidden.value = id;
    const named = form.elements[`${input.name}_name`]; // where a page wants to call it as its owner does
    if (named) named.value = file.name;
    input.disabled = true;
  }
}

for (const form of document.querySelectorAll("form[data-uploads]")) {
  const problem = form.querySelector("#cut-off");
  const cutOff = problem.textContent;
  const first = form.querySelector("input[type=file]");
  form.addEventListener("submit", async (event) => {
    if (form.dataset.sent || ![...form.querySelectorAll("input[type=file]")].some((each) => each.files.length)) return;
    event.preventDefault();
    problem.hidden = true;
    try {
      await sendAll(form);
      form.dataset.sent = "1";
      form.submit();
    } catch (error) {
      form.querySelector(".sending").hidden = true;
      problem.textContent = error ? error.message : cutOff;
      problem.hidden = false;
      // After what every page does with a form that was sent, however early this failed.
      setTimeout(() => { for (const each of form.querySelectorAll("button, input")) each.disabled = false; });
    }
  });
  const take = (files) => { if (files.length) { first.files = files; first.dispatchEvent(new Event("change")); } };
  form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("over"); });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    take(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => take(event.clipboardData.files));
}
