// What the dashboard asks of Prometheus, as Grafana's own source asks it, and the answers as Grafana's frames.

import { FieldType, createDataFrame, rangeUtil } from '@grafana/data';

/** The values of the variables, all of them chosen; each may be used in the queries of those that follow. */
export async function variables({ list }) {
  const values = {};
  for (const { type, name, query, allValue } of list) {
    if (type === 'datasource') continue;
    const [, match, label] = query.query.match(/^label_values\((.+), (\w+)\)$/);
    const found = await ask(`label/${label}/values`, { 'match[]': filled(match, values) });
    if (!found.length) throw new Error(`${name} has no values`);
    values[name] =
      allValue ?? `(${found.map((each) => each.replace(/[\\^$*+?.()|[\]{}]/g, '\\\\$&')).join('|')})`;
  }
  return values;
}

/** The frames of a panel that is so many pixels wide; `scrape` says how often Prometheus asks, in seconds. */
export async function frames({ targets }, { values, range, scrape }, width) {
  const { intervalMs } = rangeUtil.calculateInterval(range, width, `${scrape}s`);
  const step = intervalMs / 1000;
  const all = { ...values, __rate_interval: `${Math.max(step + scrape, 4 * scrape)}s` };
  const answers = targets.map(async (target) => {
    const query = filled(target.expr, all);
    if (target.format === 'table') return [rows(await ask('query', { query, time: range.to.unix() }))];
    const [start, end] = [range.from, range.to].map((time) => Math.floor(time.unix() / step) * step);
    const { result } = await ask('query_range', { query, start, end, step });
    return result.map((series) => line(series, target, step));
  });
  return (await Promise.all(answers)).flat();
}

/** Throws if there were a line to be drawn, which nothing draws. */
export async function mark({ name, expr }, { values, range }) {
  const { result } = await ask('query', { query: filled(expr, values), time: range.to.unix() });
  const inside = ({ value }) => Number(value[1]) >= range.from && Number(value[1]) <= range.to;
  if (result.some(inside)) throw new Error(`${name}: lines are not drawn`);
}

async function ask(path, parameters) {
  const answer = await fetch(`/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const { data, error } = await answer.json();
  if (error) throw new Error(`${parameters.query}: ${error}`);
  return data;
}

function filled(query, values) {
  return query.replace(/\$(\w+)/g, (whole, name) => {
    if (name in values) return values[name];
    throw new Error(`${whole} is no variable of ${query}`);
  });
}

const number = (text) => (text === 'NaN' ? null : Number(text.replace('Inf', 'Infinity')));

function line({ metric, values }, { refId, legendFormat }, step) {
  const displayNameFromDS =
    legendFormat === '__auto'
      ? undefined
      : legendFormat.replace(/{{\s*(\w+)\s*}}/g, (_, label) => metric[label] ?? '');
  return createDataFrame({
    refId,
    fields: [
      {
        name: 'Time',
        type: FieldType.time,
        values: values.map(([time]) => time * 1000),
        config: { interval: step * 1000 },
      },
      {
        name: 'Value',
        type: FieldType.number,
        values: values.map(([, value]) => number(value)),
        labels: metric,
        config: { displayNameFromDS },
      },
    ],
  });
}

function rows({ result }) {
  const labels = [...new Set(result.flatMap(({ metric }) => Object.keys(metric)))].sort();
  if (!result.length) return createDataFrame({ fields: [] });
  return createDataFrame({
    fields: [
      { name: 'Time', type: FieldType.time, values: result.map(({ value }) => value[0] * 1000) },
      ...labels.map((name) => ({
        name,
        type: FieldType.string,
        values: result.map(({ metric }) => metric[name] ?? ''),
      })),
      { name: 'Value', type: FieldType.number, values: result.map(({ value }) => number(value[1])) },
    ],
  });
}
