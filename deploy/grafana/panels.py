"""The JSON of Grafana's panels, as far as dashboard.py needs it: core panels alone, every query to $datasource."""

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
WIDTH = 24
RUNBOOK = "docs/runbook.md"
# What an axis shows at least, by unit: else it goes up to 100 where all is 0.
SMALL = {"reqps": 0.1, "cps": 0.1, "ops": 0.1, "percentunit": 0.01}


def selector(*where):
    """The labels of what is looked at."""
    return "{" + ", ".join(('job=~"$job"', 'instance=~"$instance"', *where)) + "}"


def rate(metric, *where, by=""):
    """How much in a second."""
    grouped = f" by ({by})" if by else ""
    return f"sum{grouped} (rate({metric}{selector(*where)}[$__rate_interval]))"


def quantile(share, metric, *where, by=""):
    """Of a histogram."""
    labels = ", ".join(filter(None, ("le", by)))
    return f"histogram_quantile({share}, {rate(metric + '_bucket', *where, by=labels)})"


def gauge(metric, *where, by="", over="sum"):
    """As it is at the moment."""
    grouped = f" by ({by})" if by else ""
    return f"{over}{grouped} ({metric}{selector(*where)})"


def steps(*pairs):
    """Colours from a value on: steps("green", 0.001, "orange", 0.01, "red")."""
    colours, values = pairs[::2], (None, *pairs[1::2])
    return [{"color": colour, "value": value} for colour, value in zip(colours, values, strict=True)]


def timeseries(
    title, what, unit, *queries, stack=False, colours=None, limits=None, runbook=None, width=8, most=None, whole=False
):
    """Lines over time; areas if they add up. The legend has room for three of them: those that were highest."""
    custom = {"drawStyle": "line", "lineWidth": 1, "fillOpacity": 8, "showPoints": "never"}
    if stack:
        # Without lines, of which those of zeros would lie on what others add up to.
        custom.update(lineWidth=0, fillOpacity=70, stacking={"mode": "normal", "group": "A"})
    if most is None and unit in SMALL:
        custom["axisSoftMax"] = SMALL[unit]
    if limits:
        custom["thresholdsStyle"] = {"mode": "dashed"}
    made = panel("timeseries", title, what, queries, runbook, width, 9)
    made["fieldConfig"] = field(unit, custom, limits, {"mode": "palette-classic"}, colours)
    made["fieldConfig"]["defaults"]["min"] = 0
    if most is not None:
        made["fieldConfig"]["defaults"]["max"] = most
    if whole:
        made["fieldConfig"]["defaults"]["decimals"] = 0
    made["options"] = {
        "legend": {
            "showLegend": True,
            "displayMode": "table",
            "placement": "bottom",
            "calcs": ["lastNotNull", "max"],
            "sortBy": "Max",
            "sortDesc": True,
        },
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    return made


def stat(title, what, unit, query, *, limits=None, runbook=None, width=4, words=None):
    """One number, and how it came about."""
    made = panel("stat", title, what, [("", query)], runbook, width, 4)
    made["fieldConfig"] = field(unit, None, limits or steps("text"), {"mode": "thresholds"})
    # Nothing is neither good nor bad.
    nothing = {"type": "special", "options": {"match": "null", "result": {"text": "none", "color": "#6e7077"}}}
    made["fieldConfig"]["defaults"]["mappings"] = [*(mappings(words) if words else []), nothing]
    made["options"] = {
        "colorMode": "background" if limits else "value",
        "graphMode": "none" if words else "area",
        "justifyMode": "auto",
        "orientation": "auto",
        "reduceOptions": {"values": False, "calcs": ["lastNotNull"], "fields": ""},
        "textMode": "auto",
    }
    return made


def states(title, what, query, words, *, runbook=None, width=8):
    """Which state held when; the query is a pair of legend and expression."""
    made = panel("state-timeline", title, what, [query], runbook, width, 9)
    made["fieldConfig"] = field("none", {"lineWidth": 0, "fillOpacity": 80}, steps("text"), {"mode": "thresholds"})
    made["fieldConfig"]["defaults"]["mappings"] = mappings(words)
    made["options"] = {
        "mergeValues": True,
        "showValue": "auto",
        "alignValue": "left",
        "rowHeight": 0.8,
        "legend": {"showLegend": True, "displayMode": "list", "placement": "bottom", "calcs": []},
        "tooltip": {"mode": "single", "sort": "none"},
    }
    return made


def table(title, what, unit, query, columns, *, runbook=None, width=12, wide=None):
    """What there is at the moment, a line for each series; `columns` are labels, then "Value" under another name, of
    which `wide` are so many pixels wide."""
    made = panel("table", title, what, [("", query)], runbook, width, 9)
    target = made["targets"][0]
    target.update(instant=True, range=False, format="table")
    # Labels are no numbers and no dates, whatever they look like.
    made["fieldConfig"] = field("string", {"minWidth": 80}, steps("text"), {"mode": "thresholds"})
    overrides = [override(name, "custom.width", pixels) for name, pixels in (wide or {}).items()]
    if "Value" in columns:
        overrides.append(override(columns["Value"], "unit", unit))
    made["fieldConfig"]["overrides"] = overrides
    made["options"] = {"showHeader": True, "cellHeight": "sm"}
    made["transformations"] = [
        {"id": "filterFieldsByName", "options": {"include": {"names": list(columns)}}},
        {
            "id": "organize",
            "options": {
                "excludeByName": {},
                "indexByName": {label: place for place, label in enumerate(columns)},
                "renameByName": {label: name for label, name in columns.items() if name != label},
            },
        },
    ]
    return made


def panel(kind, title, what, queries, runbook, width, height):
    """What all panels have; `place` gives them their places and numbers."""
    made = {
        "type": kind,
        "pluginVersion": "11.0.0",
        "title": title,
        "description": what,
        "datasource": SOURCE,
        "gridPos": {"w": width, "h": height},
        "targets": [
            {
                "refId": chr(ord("A") + place),
                "datasource": SOURCE,
                "editorMode": "code",
                "expr": expression,
                "legendFormat": legend or "__auto",
                "range": True,
            }
            for place, (legend, expression) in enumerate(queries)
        ],
    }
    if runbook:
        url = f"{RUNBOOK}#{runbook.lower()}"
        made["links"] = [link(runbook, url)]
    return made


def link(title, url):
    """Opens beside the dashboard."""
    return {
        "title": title,
        "type": "link",
        "icon": "doc",
        "tooltip": "",
        "url": url,
        "tags": [],
        "asDropdown": False,
        "targetBlank": True,
        "includeVars": False,
        "keepTime": False,
    }


def field(unit, custom, limits, colour, colours=None):
    """How values look."""
    defaults = {"unit": unit, "color": colour, "noValue": "none"}
    if custom is not None:
        defaults["custom"] = custom
    defaults["thresholds"] = {"mode": "absolute", "steps": limits or steps("text")}
    overrides = [
        override(name, "color", {"mode": "fixed", "fixedColor": fixed}) for name, fixed in (colours or {}).items()
    ]
    return {"defaults": defaults, "overrides": overrides}


def override(name, what, value):
    """Of one series or column."""
    return {"matcher": {"id": "byName", "options": name}, "properties": [{"id": what, "value": value}]}


def mappings(words):
    """Words for values: {0: ("closed", "green")}."""
    options = {
        str(value): {"text": text, "color": colour, "index": place}
        for place, (value, (text, colour)) in enumerate(words.items())
    }
    return [{"type": "value", "options": options}]


def place(rows):
    """Puts panels beside and below one another, and gives each its number. A row that is closed holds its panels."""
    placed, y, number = [], 0, 0
    for title, closed, panels in rows:
        number += 1
        row = {"type": "row", "id": number, "title": title, "collapsed": closed, "panels": []}
        row["gridPos"] = {"x": 0, "y": y, "w": WIDTH, "h": 1}
        placed.append(row)
        y, x, tallest = y + 1, 0, 0
        for made in panels:
            number += 1
            grid = made["gridPos"]
            if x + grid["w"] > WIDTH:
                y, x, tallest = y + tallest, 0, 0
            made = {"id": number, **made, "gridPos": {"x": x, "y": y, **grid}}
            x, tallest = x + grid["w"], max(tallest, grid["h"])
            (row["panels"] if closed else placed).append(made)
        y += tallest
    return placed


def of_source(name, label, what, query, everything=None):
    """A variable with values of a label, of which several or all can be chosen.

    `everything` stands for all of them in a query; without it, that is each by its name."""
    made = {
        "type": "query",
        "name": name,
        "label": label,
        "description": what,
        "datasource": SOURCE,
        "definition": query,
        "query": {"query": query, "refId": name},
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
    }
    if everything:
        made["allValue"] = everything
    return made


def annotation(name, colour, expression, text):
    """A line at the moment that the value of a metric says, in milliseconds."""
    return {
        "name": name,
        "datasource": SOURCE,
        "enable": True,
        "hide": False,
        "iconColor": colour,
        "expr": expression,
        "step": "60s",
        "useValueForTime": True,
        "titleFormat": name,
        "textFormat": text,
    }
