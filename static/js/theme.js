// Light, dark or as the device says, without a page load. The server reads the same cookie.

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-theme-choice]");
  if (!form) return;
  event.preventDefault();
  const theme = event.submitter.value;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `theme=${theme}; path=/; max-age=${theme ? 31536000 : 0}; samesite=lax${secure}`;
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  document.querySelectorAll("[data-theme-choice] button").forEach((button) => {
    button.setAttribute("aria-pressed", String(button.value === theme));
  });
}, { capture: true });
