// @ts-check
import { mayCall, readCall } from "./may-call.js";

/** @type {(selector: string) => HTMLElement} */
const find = (selector) => {
  const found = document.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`The page has no ${selector}`);
  return found;
};
const input = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (find(`[name=${name}]`)).value;

/** Shows the buttons whose calls the caller may make. All of them are hidden until the API has answered. */
async function update() {
  const buttons = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-call]")]);
  for (const button of buttons) button.hidden = true;
  const headers = { Authorization: `Bearer ${input("token")}` };
  const response = await fetch(`${input("api")}/access`, { headers });
  if (!response.ok) {
    find("output").textContent = `The API answered ${response.status}`;
    return;
  }
  const access = await response.json();
  for (const button of buttons) {
    const { method, path, values } = readCall(button.dataset);
    button.hidden = !mayCall(access, method, path, values);
  }
  find("output").textContent = `${access.userId} in ${access.tenantId ?? "no tenant"}`;
}

find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  update().catch((error) => {
    find("output").textContent = String(error);
  });
});
