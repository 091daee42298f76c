/** The look of the suite page. */
export const suiteStyle = `
.lead{margin-top:0}
.lead .meta{color:var(--soft);margin-top:10px;font-size:14px;display:flex;flex-wrap:wrap;gap:2px 20px}
.attention{border-left:3px solid var(--red);padding:2px 0 2px 16px;margin-top:22px;list-style:none}
.attention li{padding:4px 0}
.matrix td,.matrix th{white-space:nowrap}
.matrix th[scope=row]{color:var(--ink);font-size:14px;font-weight:600;padding:7px 18px 7px 0;border-bottom:1px solid var(--line)}
.matrix td a{text-decoration:none;margin-right:6px}
.matrix .none{color:var(--soft)}
.outcome{display:inline-block;border-radius:99px;padding:1px 11px 1px 9px;font-size:13px;font-weight:560;white-space:nowrap;background:var(--panel);color:var(--ink)}
.outcome b{margin-right:5px;font-weight:700;color:var(--green)}
.outcome.expected-false{background:var(--red-wash);color:var(--red)}.outcome.expected-false b{color:var(--red)}
.outcome.expected-inconclusive{background:none;box-shadow:inset 0 0 0 1px var(--strong);color:var(--soft)}.outcome.expected-inconclusive b{color:var(--soft)}
.line .outcome{margin:6px 0 3px}
.filters{display:flex;flex-wrap:wrap;gap:8px;align-items:center;margin:40px 0 0}
.filters input{flex:1 1 240px;max-width:420px}
.group{margin-top:30px}
.group h2{margin-bottom:2px}
.group .about{color:var(--soft);max-width:62em;margin-bottom:8px}
.line{border-top:1px solid var(--line);padding:13px 0;display:grid;grid-template-columns:190px minmax(0,1fr) 260px;gap:6px 30px;align-items:start}
.line:last-child{border-bottom:1px solid var(--line)}
.line:target{background:var(--panel);box-shadow:-10px 0 var(--panel),10px 0 var(--panel)}
.line .subject{grid-row:1/span 2}.line .counts{grid-row:1/span 2;grid-column:3}.line .name{font-weight:600}
.line .subject small{margin-left:7px;font-weight:400;color:var(--soft);font-size:13px}
.expect{font-size:13px;color:var(--soft)}
.expect.is-false{color:var(--red);font-weight:600}
.first p+p{margin-top:4px}
.first .command{margin-top:8px;padding:5px 6px 5px 11px;font-size:14px}
.first .invariant{font-size:13px;color:var(--soft)}
.counts{font-size:13px}
.stack{display:flex;height:8px;border-radius:4px;overflow:hidden;background:var(--line);margin:6px 0 5px;gap:1px}
.stack i{min-width:3px}
.stack .is-pass{background:#5aa577}.stack .is-violation{background:#d2544a}.stack .is-vacuous{background:#d9a441}.stack .is-unknown{background:#9a7cc9}.stack .is-error{background:var(--ink)}
.counts ul{list-style:none;display:flex;flex-wrap:wrap;gap:0 14px;margin:0;padding:0}
.counts .quiet{font-size:13px;margin-top:3px}
.premises{grid-column:2;font-size:13.5px}
.premises summary{color:var(--soft)}
.premises .is-empty{color:var(--amber);font-weight:600}
.premises table{margin-top:6px}
.premises td{padding:3px 14px 3px 0!important}
@media (max-width:640px){.matrix th[scope=row]{white-space:normal;font-size:13px;min-width:96px;padding-right:8px}.matrix .outcome{font-size:12px;padding:1px 8px 1px 6px}}
@media (max-width:900px){.line{grid-template-columns:minmax(0,1fr)}.premises,.line .counts,.line .subject{grid-column:auto;grid-row:auto}}
@media print{.filters{display:none!important}.line{break-inside:avoid}}
`;
