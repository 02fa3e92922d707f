"use strict";
/* A button below each chart that draws it anew with Vega, which is loaded then and not before; what is under the
   pointer is then said beside it. Expressions of the chart are interpreted, not made into code, as the policy of the
   page wants it. Without this file the pictures stay. */

const own = document.currentScript.dataset;
let loading = null, charts = null, names = null;

function loadScript(path) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = path;
    script.onload = resolve;
    script.onerror = () => reject(new Error(`${path} cannot be loaded`));
    document.head.append(script);
  });
}

let unpacking = null;
function loadCharts(packed) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const text = new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  unpacking = text.then((found) => ({ names, charts } = JSON.parse(found)));
}

function load() {
  loading ??= Promise.all([loadScript(own.vega), loadScript(own.charts)]).then(() => unpacking);
  return loading;
}

function sayValue(value) {
  return typeof value === "number" && !Number.isInteger(value) ? value.toFixed(2).replace("-", "−") : String(value);
}

function makeTip(place) {
  const tip = document.createElement("dl");
  tip.className = "tip";
  tip.hidden = true;
  place.append(tip);
  return (handler, event, item, value) => {
    const shown = value && Object.keys(names).filter((name) => value[name] !== undefined && value[name] !== null && value[name] !== "");
    tip.hidden = !shown || shown.length === 0;
    if (tip.hidden) return;
    tip.replaceChildren(...shown.map((name) => {
      const line = document.createElement("div"), heading = document.createElement("dt"), said = document.createElement("dd");
      heading.textContent = names[name];
      said.textContent = sayValue(value[name]).trim();
      line.append(...(names[name] ? [heading] : []), said);
      return line;
    }));
    const frame = place.getBoundingClientRect();
    tip.style.left = Math.max(0, Math.min(event.clientX - frame.left + 14, frame.width - tip.offsetWidth)) + "px";
    tip.style.top = event.clientY - frame.top + 18 + "px";
  };
}

async function explore(chart, place) {
  await load();
  const isWide = getComputedStyle(chart.querySelector(".picture.wide")).display !== "none";
  const specification = charts[chart.dataset.explore][isWide ? "wide" : "narrow"];
  const config = { mark: { tooltip: { content: "data" } } };
  await window.vegaEmbed(place, specification, {
    ast: true, actions: false, defaultStyle: false, renderer: "canvas", config, tooltip: makeTip(chart),
    logLevel: 1, /* errors, not that a layer without a mark has no extent */
  });
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", chart.querySelector("svg").getAttribute("aria-label"));
}

function makeExplorable(chart) {
  const button = document.createElement("button"), place = document.createElement("div"), line = document.createElement("p");
  const pictures = chart.querySelectorAll(".picture");
  button.type = "button";
  button.className = "explore";
  button.textContent = "Explore this chart";
  line.setAttribute("role", "status");
  place.className = "explored";
  place.hidden = true;
  chart.append(place, button, line);
  button.addEventListener("click", async () => {
    const isOpening = place.hidden;
    line.textContent = isOpening && !place.hasChildNodes() ? "Loading …" : "";
    try {
      if (isOpening && !place.hasChildNodes()) await explore(chart, place);
    } catch (error) {
      line.textContent = `The chart cannot be explored: ${error.message}. The picture and the table hold the same numbers.`;
      return;
    }
    line.textContent = isOpening ? "The chart now says what is under the pointer; the table holds the same numbers." : "";
    place.hidden = !isOpening;
    chart.classList.toggle("is-explored", isOpening);
    button.textContent = isOpening ? "Show the picture again" : "Explore this chart";
  });
}

for (const chart of document.querySelectorAll(".chart[data-explore]")) makeExplorable(chart);
