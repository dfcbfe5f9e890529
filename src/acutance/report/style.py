"""How a report looks: light and dark after the reader's system, from phone to desktop."""

STYLE = """
:root { color-scheme: light dark; --ground: #f6f7f9; --card: #ffffff; --ink: #1b2129;
  --quiet: #5d6876; --rule: #e1e5ea; --accent: #2a6f97; --warn: #8a5a00; --warn-ground: #fff5df; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171c; --card: #1d2127; --ink: #e6e9ed;
  --quiet: #98a2ae; --rule: #31373f; --accent: #6fb7df; --warn: #f0c36a; --warn-ground: #2e2717; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%; }
main { max-width: 1120px; margin: 0 auto; padding: 40px 24px 64px; }
header p { margin: 4px 0 0; color: var(--quiet); }
h1 { margin: 0; font-size: 2rem; line-height: 1.2; letter-spacing: -0.02em;
  overflow-wrap: anywhere; }
h2 { margin: 48px 0 14px; font-size: 1.15rem; letter-spacing: -0.01em; }
h3 { margin: 0 0 8px; font-size: 0.95rem; font-weight: 600; }
.quiet, .note { color: var(--quiet); font-size: 0.85rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(165px, 1fr)); gap: 12px;
  margin: 28px 0 0; padding: 0; }
.cards div { background: var(--card); border: 1px solid var(--rule); border-radius: 12px;
  padding: 14px 16px; }
.cards dt { color: var(--quiet); font-size: 0.82rem; }
.cards dd { margin: 2px 0 0; font-size: 1.55rem; font-weight: 650; letter-spacing: -0.02em;
  line-height: 1.25; white-space: nowrap; }
.cards small { font-size: 0.8rem; font-weight: 400; letter-spacing: 0; color: var(--quiet); }
.warnings { margin: 20px 0 0; padding: 12px 18px; list-style: none; color: var(--warn);
  background: var(--warn-ground); border-radius: 12px; }
.figures { display: grid; grid-template-columns: repeat(6, 1fr); gap: 14px; }
figure { margin: 0; grid-column: span 2; background: var(--card); border: 1px solid var(--rule);
  border-radius: 12px; overflow: hidden; display: flex; flex-direction: column; }
figure.large { grid-column: span 3; }
figure img { display: block; width: 100%; height: auto; }
figcaption { padding: 10px 14px 12px; font-size: 0.88rem; color: var(--quiet);
  border-top: 1px solid var(--rule); flex: 1; }
.bar { height: 8px; border-radius: 4px; margin: 8px 0 3px; }
.ends { display: flex; justify-content: space-between; font-size: 0.8rem; }
.panel { background: var(--card); border: 1px solid var(--rule); border-radius: 12px;
  padding: 16px 18px; overflow-x: auto; min-width: 0; }
.panel + .panel { margin-top: 14px; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr));
  gap: 14px; align-items: start; }
.pair .panel { margin: 0; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
th, td { text-align: left; padding: 7px 14px 7px 0; vertical-align: baseline;
  border-top: 1px solid var(--rule); }
thead th { border-top: 0; color: var(--quiet); font-weight: 500; font-size: 0.82rem; }
tbody th { font-weight: 500; }
td:last-child, th:last-child { padding-right: 0; }
.number { text-align: right; white-space: nowrap; }
tbody tr:first-child .value { font-weight: 650; }
.unit { white-space: nowrap; }
.formula { color: var(--quiet); font-size: 0.82rem; min-width: 15em; }
.facts td { overflow-wrap: anywhere; }
.facts th { color: var(--quiet); width: 34%; }
.facts tr:first-child > * { border-top: 0; }
.meter { display: block; height: 6px; border-radius: 3px; background: var(--accent);
  min-width: 2px; }
.wide { width: 40%; }
svg.curve { display: block; width: 100%; height: auto; }
svg.curve text { fill: var(--quiet); font-size: 12px; }
svg.curve .grid { stroke: var(--rule); }
svg.curve .line { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; }
.legend span { margin-right: 1.2em; font-weight: 600; white-space: nowrap; }
svg.curve .line1 { stroke: #d1495b; } .key1 { color: #d1495b; }
svg.curve .line2 { stroke: #2e7d32; } .key2 { color: #2e7d32; }
svg.curve .line3 { stroke: #8e44ad; } .key3 { color: #8e44ad; }
svg.curve .line4 { stroke: #c77700; } .key4 { color: #c77700; }
svg.curve .line5 { stroke: #00838f; } .key5 { color: #00838f; }
svg.curve .line6 { stroke: #6d4c41; } .key6 { color: #6d4c41; }
svg.curve .line7 { stroke: #7a7a7a; } .key7 { color: #7a7a7a; }
.key0 { color: var(--accent); }
svg.curve circle { fill: currentColor; fill-opacity: 0.7; }
footer { margin-top: 48px; padding-top: 16px; border-top: 1px solid var(--rule);
  color: var(--quiet); font-size: 0.85rem; }
@media (max-width: 720px) { main { padding: 24px 14px 40px; } h1 { font-size: 1.5rem; }
  figure, figure.large { grid-column: span 6; } .panel { padding: 14px 12px; }
  table { font-size: 0.82rem; } th, td { padding-right: 8px; }
  tr:has(> .formula) { display: grid; grid-template-columns: repeat(6, 1fr); }
  tr:has(> .formula) > :first-child, .formula { grid-column: 1 / -1; }
  tr > .formula { order: 1; } .formula + .number, thead tr > .formula { display: none; }
  tr:has(> .formula) > :not(:first-child) { border-top: 0; padding-top: 0; text-align: left; } }
@media print { body { background: #ffffff; } .panel, figure { break-inside: avoid; } }
"""
