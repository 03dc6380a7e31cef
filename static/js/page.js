// Small manners of every page: menus close, dialogs open, messages pass, focus goes to the first error.

const toasts = document.getElementById("toasts");
const announcements = document.getElementById("announcements");

/** Show a message that passes by itself; screen readers hear it too. */
function toast(text, kind = "info") {
  const node = document.getElementById("toast-pattern").content.firstElementChild.cloneNode(true);
  node.classList.replace("toast-info", `toast-${kind}`);
  node.querySelector("[data-toast-text]").textContent = text;
  toasts.append(node);
  pass(node);
  announce(text);
}

function announce(text) {
  announcements.textContent = "";
  // A second write in a later turn, so that the same words twice are heard twice.
  setTimeout(() => { announcements.textContent = text; }, 50);
}

function pass(node) {
  setTimeout(() => { if (!node.matches(":hover, :focus-within")) node.remove(); }, 8000);
}

document.addEventListener("holdfast:toast", (event) => toast(event.detail.text, event.detail.kind));
document.addEventListener("holdfast:announce", (event) => announce(event.detail.text));
toasts.querySelectorAll("[data-toast]:not(.toast-error)").forEach(pass);
if (toasts.textContent.trim()) announce(toasts.textContent.trim().replace(/\s+/g, " "));

document.addEventListener("click", (event) => {
  const target = event.target;
  document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
    if (!menu.contains(target)) menu.open = false;
  });
  target.closest("[data-dismiss]")?.closest("[data-toast]")?.remove();
  const opener = target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens).showModal();
  const closer = target.closest("[data-closes]");
  if (closer) document.getElementById(closer.dataset.closes).close();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});

// A form is sent once: a second press while the first is on its way does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

document.querySelector("[data-first-error]")?.focus();
