// What the page carries inline. The policy in app.ts allows exactly these two texts, by their hashes.

export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f4f5f7; --card: #fff; --text: #1a1d21; --muted: #59626c; --line: #dcdfe4;
  --accent: #0b57d0; --on-accent: #fff; --soft: #e8f0fe; --danger: #b3261e; --code: #f1f3f5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f1215; --card: #181c20; --text: #e4e7eb; --muted: #9ca6b0; --line: #2e343b;
    --accent: #8ab4f8; --on-accent: #0b1a30; --soft: #1c2b42; --danger: #f2b8b5; --code: #22272d;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
.wrap { max-width: 68rem; margin: 0 auto; padding: 1.25rem 1rem 3rem; }
header p { margin: .15rem 0 0; color: var(--muted); overflow-wrap: anywhere; }
h1 { font-size: 1.35rem; line-height: 1.25; margin: 0; }
h2 { font-size: 1.05rem; margin: 0 0 .15rem; }
nav { display: flex; gap: .5rem; margin: 1rem 0; }
nav a { padding: .35rem .9rem; border: 1px solid var(--line); border-radius: 2rem; color: var(--text); text-decoration: none; }
nav a[aria-current] { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
main { display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
@media (min-width: 56rem) {
  main { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); align-items: start; }
  .message { grid-column: 1 / -1; }
}
.column { display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
section { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1rem 1.1rem 1.1rem; }
.hint { margin: 0 0 .75rem; color: var(--muted); font-size: .875rem; }
.message { margin: 0; padding: .75rem 1.1rem; background: var(--soft); border-left: 4px solid var(--accent); border-radius: .5rem; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .3rem 1rem; margin: 0; }
dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; }
code, pre { font: .85em/1.5 ui-monospace, Menlo, Consolas, monospace; }
pre { margin: .75rem 0 0; padding: .6rem .75rem; background: var(--code); border-radius: .5rem; white-space: pre-wrap; overflow-wrap: anywhere; }
form + form { margin-top: 1rem; }
label { display: block; margin-bottom: .25rem; }
.login { display: flex; gap: .5rem; }
input { flex: 1; min-width: 0; padding: .55rem .75rem; font: inherit; color: inherit; background: var(--page); border: 1px solid var(--muted); border-radius: .5rem; }
.actions { display: grid; gap: .6rem 1rem; grid-template-columns: max-content minmax(0, 1fr); align-items: center; }
.actions span { color: var(--muted); font-size: .875rem; line-height: 1.35; }
button { min-height: 2.75rem; padding: .45rem 1rem; font: inherit; font-weight: 600; color: var(--accent); background: transparent; border: 1px solid currentColor; border-radius: .5rem; cursor: pointer; }
button.main { background: var(--accent); color: var(--on-accent); border-color: var(--accent); }
button.danger { color: var(--danger); }
button:disabled { color: var(--muted); border-color: var(--line); cursor: not-allowed; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th, td { padding: .4rem .5rem .4rem 0; border-top: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { border-top: 0; color: var(--muted); font-weight: 400; }
tbody th { font-weight: 600; white-space: nowrap; }
td { overflow-wrap: anywhere; }
td small { display: block; color: var(--muted); }
.number { text-align: right; padding-right: 0; white-space: nowrap; font-variant-numeric: tabular-nums; }
.item { table-layout: fixed; }
.item th:first-child { width: 7.6rem; }
.item th:nth-child(2) { width: 2.8rem; }
.left { font-weight: 600; font-variant-numeric: tabular-nums; }
.big { margin: 0 0 .75rem; font-size: 1.05rem; }
`

/** Counts down to the times that the page names, in seconds since the epoch. */
export const SCRIPT = `
const units = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']]
function left(seconds) {
  if (seconds <= 0) return 'expired'
  const first = units.findIndex(([size]) => seconds >= size)
  const parts = units.slice(first, first + 2).map(([size, name]) => {
    const count = Math.floor(seconds / size)
    seconds -= count * size
    return count + ' ' + name
  })
  return 'in ' + parts.join(' ')
}
function tick() {
  for (const element of document.querySelectorAll('[data-until]')) {
    element.textContent = left(Number(element.dataset.until) - Math.floor(Date.now() / 1000))
  }
}
tick()
setInterval(tick, 1000)
`
