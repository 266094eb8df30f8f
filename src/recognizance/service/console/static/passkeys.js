// Passkeys: log in with one, add one, remove one. The server checks all of it.

const words = JSON.parse(document.querySelector("#words").textContent);
const here = "PublicKeyCredential" in window && window.isSecureContext
  && "parseCreationOptionsFromJSON" in PublicKeyCredential;

const ask = async (method, path, body, csrf) => {
  const headers = { accept: "application/json" };
  if (body) headers["content-type"] = "application/json";
  if (csrf) headers["x-csrf-token"] = csrf;
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const told = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw new Error([told.detail ?? told.title, told.hint].filter(Boolean).join(" "));
  return told;
};
const why = (error) =>
  error.name === "NotAllowedError" ? words.nothing : error.message;

const login = document.querySelector("#with-passkey");
if (login && here) {
  login.hidden = false;
  login.querySelector("button").addEventListener("click", async () => {
    try {
      const { ceremony, options } = await ask("POST", "/v1/session/passkey/options");
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
      const shown = await navigator.credentials.get({ publicKey });
      await ask("POST", "/v1/session/passkey", { ceremony, credential: shown.toJSON() });
      const next = login.dataset.next;
      location.assign(/^\/(?![/\\])/.test(next) ? next : "/");
    } catch (error) {
      login.querySelector("[role=status]").textContent = why(error);
    }
  });
}

const add = document.querySelector("#add-passkey");
const said = document.querySelector("#passkey-said");
if (add && here) {
  const csrf = add.dataset.csrf;
  add.hidden = false;
  add.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const { ceremony, options } = await ask("POST", "/v1/passkeys/options", undefined, csrf);
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
      const made = await navigator.credentials.create({ publicKey });
      const label = add.querySelector("#label").value;
      await ask("POST", "/v1/passkeys", { ceremony, credential: made.toJSON(), label }, csrf);
      location.reload();
    } catch (error) {
      said.textContent = why(error);
    }
  });
  for (const button of document.querySelectorAll("[data-remove]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await ask("DELETE", `/v1/passkeys/${button.dataset.remove}`, undefined, csrf);
        location.reload();
      } catch (error) {
        said.textContent = why(error);
      }
    });
  }
}
