// Light, dark, or as the system has it.

const ROUND = { "": "dark", dark: "light", light: "" };

export function applyTheme() {
  document.documentElement.dataset.theme = localStorage.getItem("theme") ?? "";
}

export function switchTheme() {
  localStorage.setItem("theme", ROUND[document.documentElement.dataset.theme]);
  applyTheme();
}
