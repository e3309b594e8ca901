// What Grafana's own plugins do between a panel's JSON and Grafana's components: they are not published, these are.

import {
  FieldConfigOptionsRegistry,
  FieldType,
  applyFieldOverrides,
  cacheFieldDisplayNames,
  getFieldDisplayValues,
  identityOverrideProcessor,
  standardTransformers,
  standardTransformersRegistry,
  transformDataFrame,
} from '@grafana/data';
import { BigValue, TimeSeries, useTheme2 } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { lastValueFrom } from 'rxjs';

import { CUSTOM, FIELDS } from './known.js';
import { StateTimeline } from './timeline.jsx';

const { filterFieldsByNameTransformer, organizeFieldsTransformer } = standardTransformers;
standardTransformersRegistry.setInit(() =>
  [filterFieldsByNameTransformer, organizeFieldsTransformer].map((transformation) => ({
    id: transformation.id,
    transformation: async () => transformation,
  })),
);

const OF_NUMBERS = ['decimals', 'min', 'max'];
const property = (path, isCustom = false) => ({
  id: isCustom ? `custom.${path}` : path,
  path,
  isCustom,
  process: identityOverrideProcessor,
  shouldApply: ({ type }) => type === FieldType.number || !OF_NUMBERS.includes(path),
});
const REGISTRY = new FieldConfigOptionsRegistry(() => [
  ...FIELDS.map((path) => property(path)),
  ...[...CUSTOM].map((path) => property(path, true)),
]);

/** The frames as the panel's configuration transforms them and says how they look. */
export async function prepared({ fieldConfig, transformations = [] }, frames, theme, timeZone) {
  const data = await lastValueFrom(transformDataFrame(transformations, frames));
  const made = applyFieldOverrides({
    data,
    fieldConfig,
    fieldConfigRegistry: REGISTRY,
    replaceVariables: (text) => text,
    theme,
    timeZone,
  });
  cacheFieldDisplayNames(made);
  return made;
}

/** What is inside of a panel, in a size. */
export function Visualization({ panel, frames, range, timeZone, width, height }) {
  const theme = useTheme2();
  const shared = { width, height, timeZone };
  const { defaults } = panel.fieldConfig;
  if (panel.type === 'stat') return <Stat {...shared} panel={panel} frames={frames} theme={theme} />;
  if (!frames.some(({ length }) => length))
    return <Nothing {...shared} text={defaults.noValue} theme={theme} />;
  const { legend, cellHeight } = panel.options;
  switch (panel.type) {
    case 'timeseries':
      return (
        <TimeSeries {...shared} frames={frames} timeRange={range} legend={legend} options={panel.options} />
      );
    case 'state-timeline':
      return <StateTimeline {...shared} frames={frames} range={range} panel={panel} theme={theme} />;
    case 'table':
      return (
        <TableNG
          {...shared}
          data={frames[0]}
          cellHeight={cellHeight}
          noHeader={false}
          fieldConfig={panel.fieldConfig}
        />
      );
    default:
      throw new Error(`${panel.title}: ${panel.type} is not drawn`);
  }
}

function Stat({ panel, frames, timeZone, width, height, theme }) {
  const { colorMode, graphMode, justifyMode, textMode, reduceOptions } = panel.options;
  const values = getFieldDisplayValues({
    data: frames,
    fieldConfig: panel.fieldConfig,
    reduceOptions,
    replaceVariables: (text) => text,
    sparkline: graphMode !== 'none',
    theme,
    timeZone,
  });
  if (values.length !== 1) throw new Error(`${panel.title}: ${values.length} values, of which one is drawn`);
  const [{ display, sparkline }] = values;
  return (
    <BigValue
      {...{ colorMode, graphMode, justifyMode, textMode, width, height, theme, sparkline }}
      value={{ ...display, title: undefined }}
    />
  );
}

function Nothing({ width, height, text, theme }) {
  const middle = { width, height, display: 'grid', placeItems: 'center', color: theme.colors.text.secondary };
  return <div style={middle}>{text}</div>;
}
