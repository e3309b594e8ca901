// A chart of the last minutes, with its latest values beside it as text.

import { h } from './dom.js';
import uPlot from './uplot.js';

/** How many points are kept: five minutes of one every two seconds. */
const POINTS = 150;
const HEIGHT = 150;

/** @typedef {{ key: string, label: string }} Line */
/** @typedef {{ format: (value: number) => string, logarithmic?: boolean, top?: number }} Scale */

export class Chart {
  /** @type {(number | null)[][]} */
  #data;
  /** @type {uPlot | null} */
  #plot = null;
  #place = h('div', { class: 'plot', 'aria-hidden': 'true' });
  /** @type {HTMLElement[]} */
  #latest;

  /**
   * @param {string} title
   * @param {readonly Line[]} lines
   * @param {Scale} scale
   * @param {AbortSignal} signal
   */
  constructor(title, lines, scale, signal) {
    this.lines = lines;
    this.scale = scale;
    this.title = title;
    this.#data = [[], ...lines.map(() => [])];
    this.#latest = lines.map(() => h('dd', {}, '–'));
    const value = (/** @type {Line} */ { label }, /** @type {number} */ index) =>
      h('div', {}, h('dt', { class: `line-${index + 1}` }, label), this.#latest[index]);
    this.element = h('figure', {}, h('figcaption', {}, title), h('dl', {}, lines.map(value)), this.#place);
    const observer = new ResizeObserver(() =>
      this.#plot?.setSize({ width: this.#place.clientWidth, height: HEIGHT }),
    );
    observer.observe(this.#place);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', () => this.#plot?.redraw(false), { signal });
    signal.addEventListener('abort', () => {
      observer.disconnect();
      this.#plot?.destroy();
    });
  }

  /**
   * A point; null where there is nothing to say.
   * @param {number} time in seconds
   * @param {Record<string, number | null> | null | undefined} rates
   */
  push(time, rates) {
    const values = this.lines.map(({ key }) => rates?.[key] ?? null);
    [time, ...values].forEach((value, index) => this.#data[index]?.push(value));
    if ((this.#data[0]?.length ?? 0) > POINTS) for (const column of this.#data) column.shift();
    values.forEach((value, index) => {
      const place = this.#latest[index];
      if (place) place.textContent = value === null ? '–' : this.scale.format(value);
    });
    this.#draw();
  }

  #draw() {
    const data = /** @type {uPlot.AlignedData} */ (this.#data);
    if (this.#plot !== null) this.#plot.setData(data);
    else if (this.#place.clientWidth > 0) this.#plot = new uPlot(this.#options(), data, this.#place);
  }

  /** @returns {uPlot.Options} */
  #options() {
    const { format, logarithmic, top } = this.scale;
    const grid = { stroke: colour('--line'), width: 1 };
    const axis = { stroke: colour('--quiet'), grid, ticks: { show: false }, font: '12px system-ui' };
    return {
      width: this.#place.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      padding: [8, 24, 0, 0],
      scales: {
        x: { range: span },
        y: logarithmic ? { distr: 3 } : { range: (_, __, most) => [0, top ?? Math.max(most * 1.1, 1)] },
      },
      axes: [
        { ...axis, size: 28, space: 90, values: (_, splits) => splits.map(clock) },
        {
          ...axis,
          size: 64,
          grid: logarithmic ? { ...grid, filter: powers } : grid,
          values: (_, splits) => splits.map((value) => (value === null ? null : format(value))),
        },
      ],
      series: [
        {},
        ...this.lines.map((_, index) => ({
          stroke: colour(`--line-${index + 1}`),
          width: 2,
          points: { size: 4 },
        })),
      ],
    };
  }
}

/** At least a minute, so that the first points are no line across all of it. @type {uPlot.Range.Function} */
const span = (_, earliest, latest) => [Math.min(earliest, latest - 60), latest];

/** Lines at the powers of ten alone. @type {uPlot.Axis.Filter} */
const powers = (_, splits) =>
  splits.map((value) => (Number.isInteger(Math.round(Math.log10(value) * 1e6) / 1e6) ? value : null));

/** @param {number} seconds */
function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString(undefined, { timeStyle: 'medium' });
}

/** Asked for at each drawing: the scheme may have changed. @param {string} name */
function colour(name) {
  return () => getComputedStyle(document.documentElement).getPropertyValue(name);
}
