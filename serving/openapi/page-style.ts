/** Style of the page at `/docs`; light or dark as the reader's system is. */
export const pageStyle = `:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 0 auto; padding: 0 1rem 4rem; }
h1 { margin-bottom: 0; }
h2 { margin: 2.5rem 0 .5rem; border-bottom: 1px solid; }
h3 { margin: 1rem 0 .25rem; font-size: 1rem; }
nav ul { columns: 14rem; padding: 0; list-style: none; }
details { border-bottom: 1px solid #8886; padding: .4rem 0; }
summary { cursor: pointer; overflow-wrap: anywhere; }
summary b { display: inline-block; min-width: 4.5rem; }
code, pre { font: .9rem/1.45 ui-monospace, monospace; }
pre { overflow-x: auto; padding: .75rem; background: #8882; border-radius: .4rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; overflow-wrap: anywhere; }
details > :not(summary) { margin-left: 1rem; }
`;
