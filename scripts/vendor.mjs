// Copies what the pages need from node_modules into var/vendor, which Django serves as static/vendor/.
// Nothing minified is kept in the repository, and nothing is fetched from anywhere when a page is shown.
import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const source = join(root, "node_modules");
const target = join(root, "var", "vendor");

const FILES = {
  "htmx.org/dist/htmx.min.js": "htmx.min.js",
  "uplot/dist/uPlot.iife.min.js": "uplot.min.js",
  "uplot/dist/uPlot.min.css": "uplot.css",
  "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter/inter-latin.woff2",
  "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2": "inter/inter-latin-ext.woff2",
  // What exports and statements are drawn with as PDF: pages do not show it, but it comes the same way.
  "@expo-google-fonts/noto-sans/400Regular/NotoSans_400Regular.ttf": "fonts/NotoSans.ttf",
  "@expo-google-fonts/noto-sans/600SemiBold/NotoSans_600SemiBold.ttf": "fonts/NotoSans-SemiBold.ttf",
};

// The icons the templates use; tests/unit/wallet_project/test_icons.py keeps this list and the templates equal.
const ICONS = JSON.parse(readFileSync(join(root, "static", "icons.json"), "utf8"));

for (const [from, to] of Object.entries(FILES)) {
  const destination = join(target, to);
  mkdirSync(dirname(destination), { recursive: true });
  copyFileSync(join(source, from), destination);
}

const symbols = ICONS.map((name) => {
  const svg = readFileSync(join(source, "lucide-static", "icons", `${name}.svg`), "utf8");
  const drawing = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  return `<symbol id="${name}" viewBox="0 0 24 24">${drawing.replace(/\s*\n\s*/g, "")}</symbol>`;
});
const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
// Renamed into place, so that a page asked for in this moment never gets half a file.
writeFileSync(join(target, "icons.svg.new"), sprite);
renameSync(join(target, "icons.svg.new"), join(target, "icons.svg"));

console.log(`vendor: ${Object.keys(FILES).length} files and ${ICONS.length} icons`);
