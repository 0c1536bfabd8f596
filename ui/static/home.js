// Draws the numbers of the home page. Without it, they stand in the table below.
import { all, must } from "./dom.js";

const zone = document.documentElement.dataset.zone;

/** @param {number} seconds */
const local = (seconds) => {
  const date = new Date(seconds * 1000);
  return zone ? uPlot.tzDate(date, zone) : date;
};

const time = new Intl.DateTimeFormat(undefined, { hour: "numeric", timeZone: zone });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: zone });

/**
 * @param {number} moment in seconds
 * @param {number} width of one slot, in seconds
 */
const short = (moment, width) => (width > 3600 ? day : time).format(new Date(moment * 1000));

/**
 * @param {number} moment
 * @param {number} width
 */
function long(moment, width) {
  const start = new Date(moment * 1000);
  return width < 86_400 ? `${day.format(start)}, ${time.format(start)}` : day.format(start);
}

/**
 * @param {HTMLElement} place
 * @param {number[]} starts
 */
function draw(place, starts) {
  /** @type {number[]} */
  const values = JSON.parse(place.dataset.values ?? "[]");
  const ink = getComputedStyle(place).color;
  const soft = getComputedStyle(must("h2", place.parentElement ?? document)).color;
  const width = (starts[1] ?? 0) - (starts[0] ?? 0);
  const bars = uPlot.paths.bars;
  const plot = new uPlot(
    {
      width: place.clientWidth,
      height: place.clientHeight,
      tzDate: local,
      legend: { show: false },
      padding: [8, 12, 0, 14],
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
      scales: {
        x: { range: (_plot, low, high) => [low - width / 2, high + width / 2] },
        y: { range: (_plot, _low, high) => [0, Math.max(1, high)] },
      },
      axes: [
        {
          stroke: soft,
          font: "11px sans-serif",
          size: 20,
          gap: 4,
          space: 70,
          values: (_plot, moments) => moments.map((moment) => short(moment, width)),
          grid: { show: false },
          ticks: { show: false },
        },
        { show: false },
      ],
      series: [
        {},
        {
          stroke: ink,
          fill: ink,
          width: 0,
          points: { show: false },
          paths: bars?.({ size: [0.75, 40], radius: 0.15 }),
        },
      ],
      hooks: {
        setCursor: [
          (self) => {
            const index = self.cursor.idx;
            if (index == null) delete place.dataset.shown;
            else place.dataset.shown = `${values[index] ?? 0} · ${long(starts[index] ?? 0, width)}`;
          },
        ],
      },
    },
    [starts, values],
    place,
  );
  new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: place.clientHeight })).observe(
    place,
  );
}

function drawAll() {
  for (const group of all(".plots")) {
    /** @type {number[]} */
    const starts = JSON.parse(group.dataset.starts ?? "[]");
    for (const place of all(".plot", group)) {
      place.replaceChildren();
      draw(place, starts);
    }
  }
}

drawAll();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
