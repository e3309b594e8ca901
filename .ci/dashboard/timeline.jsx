// States over time: the one panel of which Grafana publishes no component. Its axis and its legend are Grafana's.

import { getFieldDisplayName } from '@grafana/data';
import { AxisPlacement, ScaleDirection, ScaleOrientation } from '@grafana/schema';
import { UPlotChart, UPlotConfigBuilder, VizLayout, VizLegend } from '@grafana/ui';

/** A band for each series, coloured and named by the mappings of its values. */
export function StateTimeline({ panel, frames, range, timeZone, theme, width, height }) {
  const bands = frames.map((frame) => ({
    name: getFieldDisplayName(frame.fields[1], frame, frames),
    states: merged(frame),
  }));
  const shown = new Map(bands.flatMap(({ states }) => states.map(({ text, color }) => [text, color])));
  const items = [...shown].map(([label, color]) => ({ label, color, yAxis: 1 }));
  const { legend, rowHeight } = panel.options;
  const config = chart(bands, {
    range,
    timeZone,
    theme,
    rowHeight,
    opacity: panel.fieldConfig.defaults.custom.fillOpacity,
  });
  return (
    <VizLayout
      width={width}
      height={height}
      legend={
        <VizLayout.Legend placement={legend.placement}>
          <VizLegend placement={legend.placement} displayMode={legend.displayMode} items={items} />
        </VizLayout.Legend>
      }
    >
      {(plotWidth, plotHeight) => (
        <UPlotChart
          config={config}
          data={[[range.from.valueOf(), range.to.valueOf()]]}
          width={plotWidth}
          height={plotHeight}
        />
      )}
    </VizLayout>
  );
}

/** From when to when which state held. */
function merged({ fields: [times, values] }) {
  const states = [];
  values.values.forEach((value, at) => {
    const { text, color } = values.display(value);
    const [from, to] = [times.values[at], times.values[at] + times.config.interval];
    const last = states.at(-1);
    if (last?.text === text && last.to === from) last.to = to;
    else states.push({ text, color, from, to });
  });
  return states;
}

function chart(bands, { range, timeZone, theme, rowHeight, opacity }) {
  const builder = new UPlotConfigBuilder(timeZone);
  builder.addScale({
    scaleKey: 'x',
    isTime: true,
    orientation: ScaleOrientation.Horizontal,
    direction: ScaleDirection.Right,
    range: () => [range.from.valueOf(), range.to.valueOf()],
  });
  builder.addScale({
    scaleKey: 'y',
    orientation: ScaleOrientation.Vertical,
    direction: ScaleDirection.Down,
    range: () => [0, bands.length],
  });
  builder.addAxis({ scaleKey: 'x', isTime: true, placement: AxisPlacement.Bottom, timeZone, theme });
  builder.addAxis({
    scaleKey: 'y',
    placement: AxisPlacement.Left,
    theme,
    grid: { show: false },
    splits: bands.map((_, row) => row + 0.5),
    values: bands.map(({ name }) => name),
  });
  builder.addHook('draw', (plot) =>
    bands.forEach(({ states }, row) => band(plot, states, row, { theme, rowHeight, opacity })),
  );
  return builder;
}

function band(plot, states, row, { theme, rowHeight, opacity }) {
  const { ctx, bbox } = plot;
  const top = plot.valToPos(row + (1 - rowHeight) / 2, 'y', true);
  const bottom = plot.valToPos(row + (1 + rowHeight) / 2, 'y', true);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  ctx.font = `${theme.typography.fontSize * devicePixelRatio}px ${theme.typography.fontFamily}`;
  for (const { text, color, from, to } of states) {
    const [left, right] = [from, to].map((time) => plot.valToPos(time, 'x', true));
    ctx.globalAlpha = opacity / 100;
    ctx.fillStyle = color;
    ctx.fillRect(left, top, right - left, bottom - top);
    ctx.globalAlpha = 1;
    ctx.fillStyle = theme.colors.getContrastText(color);
    if (ctx.measureText(text).width + 8 < right - left) ctx.fillText(text, left + 4, (top + bottom) / 2);
  }
  ctx.restore();
}
