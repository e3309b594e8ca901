// What of a dashboard can be drawn. Anything else is an error, so that no picture leaves out what Grafana would show.

/** Whatever it is, it is used. */
const any = () => true;
/** One of these. */
const one = (...of) => of.includes.bind(of);
/** What changes nothing in a picture. */
const unseen = any;

const LEGEND = {
  showLegend: one(true),
  displayMode: one('table', 'list'),
  placement: one('bottom'),
  calcs: any,
  sortBy: any,
  sortDesc: any,
};
const REDUCE = { values: one(false), calcs: any, fields: one('') };
const DEFAULTS = {
  unit: any,
  decimals: any,
  min: any,
  max: any,
  color: any,
  noValue: any,
  mappings: any,
  thresholds: any,
};

/** The custom fields and the options of each type of panel. */
const TYPES = {
  timeseries: {
    custom: {
      drawStyle: one('line'),
      lineWidth: any,
      fillOpacity: any,
      showPoints: one('never'),
      axisSoftMax: any,
      stacking: { mode: one('normal'), group: one('A') },
      thresholdsStyle: { mode: one('dashed') },
    },
    options: { legend: LEGEND, tooltip: unseen },
  },
  stat: {
    custom: {},
    options: {
      colorMode: any,
      graphMode: any,
      justifyMode: any,
      orientation: one('auto'),
      reduceOptions: REDUCE,
      textMode: one('auto'),
    },
  },
  'state-timeline': {
    custom: { lineWidth: one(0), fillOpacity: any },
    options: {
      mergeValues: one(true),
      showValue: one('auto'),
      alignValue: one('left'),
      rowHeight: any,
      legend: LEGEND,
      tooltip: unseen,
    },
  },
  table: { custom: { minWidth: any }, options: { showHeader: one(true), cellHeight: one('sm') } },
};

/** What may be said of a field, and what a type of panel adds to that. */
export const FIELDS = Object.keys(DEFAULTS);
export const CUSTOM = new Set(['width', ...Object.values(TYPES).flatMap(({ custom }) => Object.keys(custom))]);

const TARGET = {
  refId: any,
  datasource: unseen,
  editorMode: unseen,
  expr: any,
  legendFormat: any,
  range: any,
  instant: any,
  format: one('table'),
};

const OVERRIDE = {
  matcher: { id: one('byName'), options: any },
  properties: (properties) => properties.every(({ id }) => FIELDS.includes(id) || id === 'custom.width'),
};

/** Throws if this panel has anything that is not drawn. */
export function known(panel) {
  const type = TYPES[panel.type];
  if (!type) throw new Error(`${panel.title}: ${panel.type} is not drawn`);
  check(panel, `${panel.title}: `, {
    id: unseen,
    type: any,
    pluginVersion: unseen,
    title: any,
    description: any,
    links: any,
    datasource: unseen,
    gridPos: any,
    targets: (targets) => targets.every((target) => check(target, `${panel.title}: target `, TARGET)),
    fieldConfig: {
      defaults: { ...DEFAULTS, custom: type.custom },
      overrides: (rules) => rules.every((rule) => check(rule, `${panel.title}: override `, OVERRIDE)),
    },
    options: type.options,
    transformations: (steps) => steps.every(({ id }) => ['filterFieldsByName', 'organize'].includes(id)),
  });
}

function check(value, where, shape) {
  for (const [key, of] of Object.entries(value)) {
    const what = shape[key];
    if (typeof what === 'object') check(of, `${where}${key}.`, what);
    else if (!what?.(of)) throw new Error(`${where}${key} ${JSON.stringify(of)} is not drawn`);
  }
  return true;
}
