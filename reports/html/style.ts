/**
 * The look that both pages share: system fonts, ink on paper, one accent, and colour only where it means something: red broke, amber
 * disturbs, green held. Every text colour has a contrast of at least 4.5 to its ground, in light and dark.
 */
export const baseStyle = `
:root{color-scheme:light dark;
--paper:#fcfcfa;--panel:#f4f4f0;--raise:#fff;--ink:#1b1d21;--soft:#5c6169;--line:#dedfd9;--strong:#b9bbb3;
--accent:#1f5aa6;--red:#b3261e;--red-wash:#fbeae8;--amber:#8a5a00;--amber-fill:#e0a33a;--amber-wash:#fbf1dc;--green:#2a6f45;--green-wash:#e6f2ea;--violet:#6a4a9c;--violet-wash:#efe9f7;
--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
--mono:ui-monospace,SFMono-Regular,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace}
@media (prefers-color-scheme:dark){:root{
--paper:#141619;--panel:#1c1f23;--raise:#202429;--ink:#e6e7e9;--soft:#9ca2ab;--line:#2e3339;--strong:#4a5059;
--accent:#86b4f2;--red:#ff938a;--red-wash:#391d1c;--amber:#eebb62;--amber-fill:#c98c2a;--amber-wash:#33291a;--green:#7dcb9b;--green-wash:#1a2e22;--violet:#bda2ec;--violet-wash:#2a2338}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:12px}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 var(--sans);font-variant-numeric:tabular-nums;overflow-wrap:break-word}
.wrap{max-width:1240px;margin:0 auto;padding:0 28px}
h1,h2,h3{line-height:1.22;font-weight:620;margin:0;text-wrap:balance}
h1{font-size:clamp(21px,2.5vw,29px);letter-spacing:-.012em}
h2{font-size:16px}
h3{font-size:15px}
p{margin:0}
a{color:var(--accent);text-decoration-thickness:1px;text-underline-offset:2px}
code,kbd,pre{font-family:var(--mono);font-size:.87em}
kbd{border:1px solid var(--line);border-bottom-color:var(--strong);border-radius:4px;padding:0 4px;background:var(--raise);color:var(--ink)}
pre{overflow:auto;background:var(--panel);padding:12px 14px;border-radius:6px;margin:8px 0;overflow-wrap:normal}
button,select,input{font:inherit;color:inherit}
button{cursor:pointer;background:var(--raise);border:1px solid var(--line);border-radius:6px;padding:3px 10px;line-height:1.5}
button:hover{border-color:var(--strong)}
button:disabled{color:var(--soft);cursor:default}
input[type=search],select{background:var(--raise);border:1px solid var(--line);border-radius:6px;padding:4px 9px;min-width:0;max-width:100%}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
[hidden]{display:none!important}
.sr-only,.skip:not(:focus){position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip:focus{position:absolute;left:12px;top:8px;background:var(--raise);padding:6px 12px;border-radius:6px;z-index:9}
.quiet{color:var(--soft);font-size:13.5px}
.notice{background:var(--amber-wash);border-radius:6px;padding:8px 12px;font-size:13.5px;margin:8px 0}
.number{text-align:right}
.scroll{overflow-x:auto}
.top{border-bottom:1px solid var(--line);font-size:14px}
.top .wrap{display:flex;gap:4px 18px;align-items:baseline;flex-wrap:wrap;padding-top:11px;padding-bottom:11px}
.brand{font-weight:680;letter-spacing:-.01em;color:var(--ink);text-decoration:none}
.crumb-here{color:var(--soft);margin-left:auto}
main.wrap{padding-top:30px;padding-bottom:72px}
section{margin-top:38px}
section h2{margin-bottom:12px}
.chip{display:inline-block;border-radius:99px;padding:1px 10px;font-size:13px;font-weight:600;white-space:nowrap;background:var(--panel);color:var(--soft)}
.chip.is-violation{background:var(--red-wash);color:var(--red)}
.chip.is-pass{background:var(--green-wash);color:var(--green)}
.chip.is-vacuous{background:var(--amber-wash);color:var(--amber)}
.chip.is-unknown{background:var(--violet-wash);color:var(--violet)}
.chip.is-error{background:var(--ink);color:var(--paper)}
.tag{font-size:12px;color:var(--soft);border:1px solid var(--line);border-radius:4px;padding:0 5px;white-space:nowrap}
.tag-kept{color:var(--amber);border-color:currentColor}
.command{display:flex;gap:8px;align-items:flex-start;background:var(--panel);border-radius:8px;padding:9px 9px 9px 13px}
.command code{flex:1;min-width:0;padding-top:3px;white-space:pre-wrap;overflow-wrap:anywhere}
.copy{flex:none;font-size:13px}
details>summary{cursor:pointer}
table.plain{border-collapse:collapse;width:100%;font-size:14px}
table.plain th{font-weight:600;font-size:13px;color:var(--soft);text-align:left;padding:4px 14px 6px 0;border-bottom:1px solid var(--strong);vertical-align:bottom;white-space:nowrap}
table.plain td{padding:7px 14px 7px 0;border-bottom:1px solid var(--line);vertical-align:top}
table.plain .number{text-align:right}
@media (max-width:640px){.wrap{padding:0 16px}main.wrap{padding-top:22px}section{margin-top:30px}table.plain td,table.plain th{padding-right:9px}table.plain td code{overflow-wrap:anywhere}.crumb-here{margin-left:0}}
@media (prefers-reduced-motion:no-preference){.copy{transition:border-color .15s}}
@media print{:root{--paper:#fff;--panel:#f4f4f0;--raise:#fff;--ink:#000;--soft:#444;--line:#ccc;--strong:#888;--accent:#000;color-scheme:light}
body{font-size:11px}.top,.copy,.toolbar,.skip,.filters{display:none!important}section{margin-top:20px;break-inside:avoid-page}.wrap{max-width:none;padding:0}}
`;
