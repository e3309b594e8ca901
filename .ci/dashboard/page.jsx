// The dashboard as Grafana lays it out. Parameters: from and to, and how often Prometheus asks (scrape), in seconds.

import { createTheme, dateTime } from '@grafana/data';
import { GlobalStyles, Icon, PanelChrome, ThemeContext } from '@grafana/ui';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';

import dashboard from '../../deploy/grafana/dashboards/switchboard.json';
import { known } from './known.js';
import { Visualization, prepared } from './panels.jsx';
import { frames, mark, variables } from './prometheus.js';

const parameters = new URLSearchParams(location.search);
const [from, to] = ['from', 'to'].map((name) => dateTime(Number(parameters.get(name)) * 1000));
const scrape = Number(parameters.get('scrape'));
const timeZone = 'utc';
const theme = createTheme({ colors: { mode: 'dark' } });

// Grafana's own measures.
const [COLUMNS, CELL, GAP, PADDING] = [24, 30, 8, 16];
const column = (innerWidth - 2 * PADDING + GAP) / COLUMNS;
const across = (cells) => cells * column - GAP;
const down = (cells) => cells * (CELL + GAP) - GAP;

function Themed({ page }) {
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      {page}
    </ThemeContext.Provider>
  );
}

function Page({ made }) {
  const height = down(Math.max(...made.map(({ at: { y, h } }) => y + h)));
  return (
    <main>
      <Head />
      <div style={{ position: 'relative', margin: `${GAP}px ${PADDING}px ${PADDING}px`, height }}>
        {made.map((each) => (each.panel.type === 'row' ? <Row {...each} /> : <Panel {...each} />))}
      </div>
    </main>
  );
}

function Head() {
  // A source has no value until somebody chooses one.
  const chosen = dashboard.templating.list.map(({ label, current }) => [
    label,
    current?.text.join() ?? 'Prometheus',
  ]);
  const box = {
    padding: '5px 8px',
    border: `1px solid ${theme.colors.border.medium}`,
    borderRadius: theme.shape.radius.default,
  };
  return (
    <header style={{ display: 'flex', alignItems: 'center', gap: 8, margin: `12px ${PADDING}px` }}>
      <h1 style={{ ...theme.typography.h4, margin: '0 16px 0 0' }}>{dashboard.title}</h1>
      {chosen.map(([label, value]) => (
        <div key={label} style={{ display: 'flex' }}>
          <span style={{ ...box, background: theme.colors.background.secondary, fontWeight: 500 }}>
            {label}
          </span>
          <span style={{ ...box, background: theme.components.input.background, borderLeft: 0 }}>{value}</span>
        </div>
      ))}
      <span style={{ ...box, marginLeft: 'auto' }}>
        <Icon name="clock-nine" /> Last {to.diff(from, 'minutes')} minutes
      </span>
    </header>
  );
}

const placed = ({ x, y, w, h }) => ({
  position: 'absolute',
  left: x * column,
  top: y * (CELL + GAP),
  width: across(w),
  height: down(h),
});

function Row({ panel, at }) {
  const closed = panel.collapsed;
  return (
    <h2
      style={{
        ...placed(at),
        ...theme.typography.h5,
        display: 'flex',
        alignItems: 'center',
        gap: 8,
        margin: 0,
      }}
    >
      <Icon name={closed ? 'angle-right' : 'angle-down'} />
      {panel.title}
      {closed && (
        <span style={{ color: theme.colors.text.secondary, fontWeight: 400 }}>
          ({panel.panels.length} panels)
        </span>
      )}
    </h2>
  );
}

function Panel({ panel, at, data }) {
  const links = panel.links?.length ? <Icon name="external-link-alt" size="md" /> : undefined;
  return (
    <div style={placed(at)}>
      <PanelChrome
        title={panel.title}
        description={panel.description}
        titleItems={links}
        width={across(at.w)}
        height={down(at.h)}
      >
        {(width, height) => (
          <Visualization
            panel={panel}
            frames={data}
            range={{ from, to }}
            timeZone={timeZone}
            width={width}
            height={height}
          />
        )}
      </PanelChrome>
    </div>
  );
}

/** Rows and panels with their places; what follows a closed row moves up. */
function laidOut() {
  const made = [];
  let hidden = 0;
  for (const panel of dashboard.panels) {
    made.push({ key: panel.id, panel, at: { ...panel.gridPos, y: panel.gridPos.y - hidden } });
    if (panel.collapsed)
      hidden += Math.max(...panel.panels.map(({ gridPos: { y, h } }) => y + h)) - panel.gridPos.y - 1;
  }
  return made;
}

async function draw() {
  const range = { from, to, raw: { from, to } };
  const context = { values: await variables(dashboard.templating), range, scrape };
  for (const annotation of dashboard.annotations.list) await mark(annotation, context);
  const made = laidOut();
  for (const each of made) {
    // Those of closed rows are not drawn, but could be.
    for (const panel of each.panel.type === 'row' ? each.panel.panels : [each.panel]) {
      known(panel);
      const answers = await frames(panel, context, Math.floor(across(panel.gridPos.w)));
      each.data = await prepared(panel, answers, theme, timeZone);
    }
  }
  const root = createRoot(document.body);
  // Axes are drawn once, so their font has to be there before.
  flushSync(() => root.render(<Themed />));
  await Promise.all(['400 12px Inter', '500 14px Inter'].map((font) => document.fonts.load(font)));
  root.render(<Themed page={<Page made={made} />} />);
}

draw();
