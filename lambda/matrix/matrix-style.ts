/**
 * The style of the static matrix: colour by highest open severity, from yellow to dark red and so by lightness too; where
 * nothing is open, by state. Protected is blue and blind is hatched: nothing here needs red and green to be told apart.
 * Every pair of text and ground has a contrast of at least 4.5 (WCAG 2.2 AA).
 */
export const MATRIX_STYLE = `
.vm{--vm-line:#8a929c;--vm-text:#16191f;--vm-soft:#495057;--vm-none:#fff;--vm-off:#e4e7eb;--vm-hatch:#d3d8de;--vm-prot:#c6dff2;--vm-det:#eaf3fa;color:var(--vm-text);font:12px/1.25 system-ui,sans-serif}
.vm ol,.vm ul{list-style:none;margin:0;padding:0}
.vm-cols{display:grid;grid-auto-flow:column;grid-auto-columns:minmax(8.6em,1fr);gap:3px}
.vm h3{font-size:.92em;line-height:1.2;margin:0;min-height:2.4em;overflow-wrap:break-word;hyphens:auto}
.vm-sum{color:var(--vm-soft);font-size:.92em;margin:.2em 0 .4em;min-height:2.4em}
.vm-cells>li{margin-bottom:3px}
.vm-c{display:block;box-sizing:border-box;width:100%;margin:0;padding:3px 4px;border:1px solid var(--vm-line);border-radius:3px;font:inherit;text-align:left;color:var(--vm-text);background:var(--vm-none)}
.vm-t{display:flex;justify-content:space-between;gap:.3em;font-size:.92em}
.vm-n{display:block;overflow-wrap:break-word;hyphens:auto}
.vm-ct{font-weight:700}
.vm-s-blind{background:repeating-linear-gradient(135deg,var(--vm-off) 0 5px,var(--vm-hatch) 5px 7px)}
.vm-s-protected{background:var(--vm-prot)}
.vm-s-detectable{background:var(--vm-det)}
.vm-INFORMATIONAL{background:#fff7bc;color:#16191f}
.vm-LOW{background:#fee391;color:#16191f}
.vm-MEDIUM{background:#fe9929;color:#16191f}
.vm-HIGH{background:#e2701f;color:#16191f}
.vm-CRITICAL{background:#7f2704;color:#fff}
.vm details{margin:1px 0 0 6px}
.vm summary{cursor:pointer;color:var(--vm-soft);font-size:.92em;padding:2px 0;min-height:1.5em}
.vm-h{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.vm-left{font-weight:700}
`.trim();
