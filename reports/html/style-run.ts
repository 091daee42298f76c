/** The look of the run page. */
export const runStyle = `
.verdict{margin-top:0}
.eyebrow{display:flex;flex-wrap:wrap;gap:4px 12px;align-items:center;color:var(--soft);font-size:14px;margin-bottom:12px}
.eyebrow strong{color:var(--ink);font-weight:620}
.eyebrow span+span::before{content:"";display:inline-block}
.verdict h1{max-width:38em}.verdict h1::first-letter{text-transform:uppercase}
.claim{margin-top:12px;color:var(--soft);max-width:70em}
.claim-label{font-weight:600;color:var(--ink);margin-right:4px}
.claim code{white-space:nowrap}
.opening{display:grid;grid-template-columns:minmax(0,1fr) 372px;gap:0 48px;margin-top:30px;align-items:start}
.opening section{margin-top:0}
.story ol{list-style:none;margin:0;padding:0;border-left:1px solid var(--line)}
.story li a{display:grid;grid-template-columns:84px 26px minmax(0,1fr);align-items:baseline;color:inherit;text-decoration:none;padding:4px 8px 4px 12px;border-radius:0 6px 6px 0}
.story li a:hover{background:var(--panel)}
.story time{color:var(--soft);font-size:13.5px;white-space:nowrap}
.story-mark b{display:inline-grid;place-items:center;width:19px;height:19px;border-radius:50%;background:var(--red);color:var(--paper);font-size:12px;line-height:1;font-weight:700}
.story .is-log .story-words{color:var(--soft)}.story q{font-family:var(--mono);font-size:.9em;quotes:none;color:var(--ink)}
.story .is-fault .story-mark::before,.story .is-process .story-mark::before{content:"";display:inline-block;width:9px;height:9px;margin-left:5px;border-radius:2px;background:var(--amber-fill)}
.story .is-process .story-mark::before{background:none;border:2px solid var(--soft);border-radius:50%}
.story .is-witness .story-words{font-weight:560}
.story-host{color:var(--soft);font-weight:400;margin-right:5px}
.replay .facts{margin:14px 0 0;font-size:13.5px}
.facts div{display:grid;grid-template-columns:96px minmax(0,1fr);padding:3px 0}
.facts dt{color:var(--soft)}
.facts dd{margin:0}
.replay h2{margin-bottom:12px}
.plan{list-style:none;counter-reset:fault;margin:0;padding:0}
.plan-row,.plan-axis{display:grid;grid-template-columns:minmax(0,5fr) minmax(0,7fr);gap:24px;align-items:center}
.plan-row{counter-increment:fault;border-top:1px solid var(--line);padding:6px 0}
.plan.is-long .plan-row{padding:1px 0;font-size:13.5px}
.plan-words::before{content:counter(fault) ".";color:var(--soft);margin-right:7px}
.plan-row.is-dropped .plan-words{color:var(--soft)}
.plan-row.is-dropped .plan-bar,.plan-row.is-dropped .plan-instant{opacity:.3}
.plan-track{position:relative;display:block;height:20px}
.plan-row .plan-track::before{content:"";position:absolute;left:0;right:0;top:50%;border-top:1px solid var(--line)}
.plan-bar,.plan-instant,.plan-witness{position:absolute;top:4px;height:12px}
.plan-bar{background:var(--amber-fill);border-radius:3px;min-width:3px}
.plan-instant{width:12px;margin-left:-6px;background:var(--amber-fill);transform:rotate(45deg) scale(.8)}
.plan-witness{width:2px;margin-left:-1px;background:var(--red);top:0;height:20px}
.plan-none{position:relative;color:var(--soft);font-size:13px;background:var(--paper);padding-right:8px}
.plan-axis{border-top:1px solid var(--strong);color:var(--soft);font-size:12px}
.plan-axis .plan-track span{position:absolute;top:2px;transform:translateX(-50%);white-space:nowrap}
.plan-axis .plan-track span:first-child{transform:none}
.plan-remark{margin-top:8px}
ol.plan+.likelihood{border-top:1px solid var(--line)}
.plan-need{display:block;color:var(--soft);font-size:13.5px;padding-left:20px}
.likelihood{font-size:13.5px;color:var(--soft)}
.likelihood-track{height:48px!important;color:var(--red)}.likelihood-track::before{top:auto!important;bottom:1px}
.likelihood-track svg{position:absolute;inset:0;width:100%;height:100%}
.likelihood-jump{position:absolute;top:0;bottom:0;border-left:1px dashed var(--red)}
.nearest{margin-top:22px;font-size:14px;border-left:3px solid var(--green);padding:1px 0 1px 16px}
.nearest dl{margin:6px 0 0}.nearest dl div{display:grid;grid-template-columns:56px minmax(0,1fr)}.nearest dt{color:var(--soft)}.nearest dd{margin:0}
.charts{margin-top:18px}.charts h3{margin-bottom:8px}
.chart-frame{border:1px solid var(--line);border-radius:8px;background:var(--raise);overflow:hidden}
.chart+.chart{border-top:1px solid var(--line)}.chart canvas{display:block;width:100%}
.original{margin-top:14px;font-size:14px}
.original summary{color:var(--accent);margin-bottom:8px}
.section-head{display:flex;flex-wrap:wrap;gap:8px 16px;align-items:center;justify-content:space-between;margin-bottom:10px}
.section-head h2{margin:0}
.toolbar{display:flex;flex-wrap:wrap;gap:6px;align-items:center;font-size:13px}
.range{color:var(--soft);margin-right:6px}
.overview{position:relative;height:44px;border:1px solid var(--line);border-bottom:0;border-radius:8px 8px 0 0;background:var(--panel);overflow:hidden;cursor:crosshair;touch-action:pan-y}
.overview canvas{display:block;width:100%;height:100%}
.diagram{position:relative;border:1px solid var(--line);border-radius:0 0 8px 8px;background:var(--raise);overflow:hidden}
.diagram>canvas{display:block;width:100%;touch-action:pan-y;cursor:grab}
.diagram>canvas:active{cursor:grabbing}
.diagram>canvas:focus-visible{outline-offset:-3px}
.lanes{position:absolute;inset:0 auto 0 0;width:118px;pointer-events:none;z-index:1}
.lanes button{position:absolute;left:0;width:118px;pointer-events:auto;border:0;border-radius:0;background:none;text-align:left;padding:0 6px 0 12px;font-size:13.5px;font-weight:600;line-height:1.25;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;transform:translateY(-50%)}
.lanes button small{display:block;font-weight:400;color:var(--soft);font-size:12px}
.lanes button[aria-expanded=false] small{display:none}
.lanes button[aria-expanded=false]{color:var(--soft);font-weight:400;font-size:12px}
.tip{position:absolute;z-index:3;max-width:min(420px,92%);background:var(--ink);color:var(--paper);border-radius:6px;padding:6px 10px;font-size:13px;line-height:1.4;pointer-events:none}
.tip b{display:block;font-weight:600;font-family:var(--mono);font-size:12.5px}
.detail{border:1px solid var(--line);border-radius:8px;padding:11px 14px;margin-top:10px;font-size:14px;background:var(--raise)}
.detail h3{margin-bottom:6px;font-size:14px}
.detail dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:1px 16px;margin:0;font-size:13.5px}
.detail dt{color:var(--soft)}
.detail dd{margin:0}
.detail pre{margin:8px 0 0;max-height:180px;white-space:pre-wrap}
.detail .detail-foot{display:flex;flex-wrap:wrap;gap:6px;margin-top:9px;font-size:13px}
.below{margin-top:10px}
.legend{display:flex;flex-wrap:wrap;gap:3px 18px;list-style:none;margin:0 0 6px;padding:0;font-size:13px;color:var(--soft)}
.lg{display:inline-block;width:16px;height:0;border-top:2px solid;margin-right:6px;vertical-align:middle}
.lg-request{color:var(--m-request)}.lg-reply{color:var(--m-reply)}.lg-push{color:var(--m-push)}
.lg-lost{color:var(--red);border-top-style:dotted}.lg-waiting{color:var(--soft);border-top-style:dotted}.lg-held{color:var(--amber-fill)}
.lg-effect,.lg-commit,.lg-witness{width:9px;height:9px;border:0;background:var(--accent)}
.lg-effect{transform:rotate(45deg)}.lg-commit{background:none;border:2px solid var(--soft)}.lg-witness{background:var(--red);border-radius:50%}
.lg-paused{height:9px;border:0;background:repeating-linear-gradient(45deg,var(--amber-fill) 0 2px,transparent 2px 5px)}
.lg-down{border-top-style:dashed;color:var(--soft)}
:root{--m-request:#3c6da8;--m-reply:#8a94a3;--m-push:#23857a}
@media (prefers-color-scheme:dark){:root{--m-request:#7aa9e6;--m-reply:#737d8a;--m-push:#58bdb0}}
.panes-head{display:flex;flex-wrap:wrap;gap:6px 18px;align-items:end;justify-content:space-between;border-bottom:1px solid var(--strong)}
[role=tablist]{display:flex;gap:4px}
[role=tab]{border:0;background:none;border-radius:6px 6px 0 0;padding:6px 12px 7px;color:var(--soft);font-weight:560;border-bottom:2px solid transparent;margin-bottom:-1px}
[role=tab][aria-selected=true]{color:var(--ink);border-bottom-color:var(--accent)}
.tab-count{font-weight:400;color:var(--soft);font-size:13px}
.follow{font-size:13.5px;color:var(--soft);padding-bottom:6px}
.filters{display:flex;flex-wrap:wrap;gap:7px;padding:10px 0;font-size:14px;align-items:center}
.filters input[type=search]{flex:1 1 220px}
.kinds{display:flex;flex-wrap:wrap;gap:4px}
.kinds button{font-size:13px;padding:2px 9px;color:var(--soft)}
.kinds button[aria-pressed=true]{color:var(--ink);border-color:var(--strong);background:var(--panel)}
.vt{border:1px solid var(--line);border-radius:8px;background:var(--raise);overflow:hidden}
.vt-head,.vt-row{display:grid;grid-template-columns:var(--columns);column-gap:14px;padding:0 12px;font-size:13.5px}
.vt-head{color:var(--soft);font-size:12.5px;font-weight:600;padding-top:6px;padding-bottom:5px;border-bottom:1px solid var(--line)}
.vt-body{height:min(420px,62vh);overflow:auto;position:relative;overscroll-behavior:contain}
.vt:focus-visible{outline-offset:1px}
.vt-row{position:absolute;left:0;right:0;height:28px;align-items:center;cursor:default;white-space:nowrap}
.vt-row>span{overflow:hidden;text-overflow:ellipsis}
.vt-row:hover{background:var(--panel)}
.vt-row[aria-selected=true]{background:color-mix(in srgb,var(--accent) 16%,transparent)}
.vt-row .when,.vt-row .dim{color:var(--soft)}
.vt-row .mono{font-family:var(--mono);font-size:12.5px}
.vt-row.is-witness{box-shadow:inset 3px 0 var(--red)}
.vt-row.is-fault,.vt-row.is-process{background:var(--amber-wash)}
.vt-row.is-stderr .mono{color:var(--red)}
.skewed{color:var(--amber)!important;font-weight:600}
.outcome-fail,.outcome-info,.outcome-open{color:var(--amber);font-weight:600}
.vt-empty{padding:26px 14px;color:var(--soft)}
.vt-note{padding:6px 12px;font-size:12.5px;color:var(--soft);border-top:1px solid var(--line)}
@media (max-width:900px){.opening{grid-template-columns:minmax(0,1fr);gap:28px}.plan-row{grid-template-columns:minmax(0,1fr);gap:2px}.plan-axis{grid-template-columns:minmax(0,1fr)}.plan-axis>span:first-child{display:none}}
@media (max-width:640px){
.story li a{grid-template-columns:70px 24px minmax(0,1fr);padding-right:0;padding-left:8px}
.toolbar button{padding:5px 10px}.range{flex-basis:100%}
.lanes,.lanes button{width:auto}.lanes button{font-size:12px;padding:0 6px;background:color-mix(in srgb,var(--raise) 78%,transparent)}.lanes button small{display:none}
.vt-head{display:none}.vt-row{height:50px;grid-template-columns:auto auto minmax(0,1fr);grid-auto-rows:22px;align-content:center;column-gap:9px}
.vt-row>.wide{grid-column:1/-1}.vt-row>.desk{display:none}
.panes-head{align-items:start}[role=tab]{padding:6px 9px 7px}}
@media print{.overview,.follow,.below .quiet,.detail-foot{display:none!important}.vt-body{height:auto!important;overflow:visible}.vt-row{position:static!important;transform:none!important;height:auto;white-space:normal;break-inside:avoid}.vt-spacer{height:auto!important}.opening{grid-template-columns:minmax(0,1fr) 250px}.plan-bar,.plan-instant,.plan-witness,.story-mark b,.chip,.lg{print-color-adjust:exact;-webkit-print-color-adjust:exact}.panes{break-inside:auto}}
`;
