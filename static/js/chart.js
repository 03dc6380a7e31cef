// Draws every figure[data-chart] from its own table with uPlot, in the page's colours.

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function draw(figure) {
  const rows = [...document.getElementById(figure.dataset.chart).tBodies[0].rows];
  if (rows.length < 2) return;
  const times = rows.map((row) => Number(row.querySelector("[data-at]").dataset.at));
  const values = rows.map((row) => Number(row.querySelector("[data-value]").dataset.value));
  const box = figure.querySelector(".chart-drawing");
  const axis = { stroke: style("--muted"), grid: { stroke: style("--line"), width: 1 }, ticks: { show: false }, font: "12px Inter" };
  box.replaceChildren();
  new window.uPlot({
    width: box.clientWidth, height: 240, legend: { show: false }, cursor: { y: false },
    axes: [{ ...axis, grid: { show: false } }, { ...axis, size: 64 }],
    series: [{}, { stroke: style("--accent"), width: 2, points: { show: false } }],
  }, [times, values], box);
}

function drawAll() {
  document.querySelectorAll("figure[data-chart]").forEach(draw);
}

drawAll();
addEventListener("resize", drawAll);
new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-theme"] });
