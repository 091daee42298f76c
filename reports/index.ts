/**
 * Reports: records and counts in, text out. Nothing here runs a scenario or looks at a live object; `harness` is read for its types only.
 *
 * Reading order: `model` (what every report is made from), `words` and `totals` (how it is said), then one folder per format:
 * `html` (suite page and run page; `html/client` is their script), `terminal`, `junit`, `github`, `perfetto`.
 * Simple entry: `writeReport(suite, directory)`. Below it: `renderSuitePage`, `renderRunPage`, `readClientScript`.
 * Not here: the JSON of the command line (its own contract, in `harness/cli`).
 */
export { renderAnnotations } from './github/annotations.ts';
export { renderStepSummary } from './github/summary.ts';
export { readClientScript } from './html/client-asset.ts';
export { renderRunPage } from './html/run.ts';
export { renderSuitePage } from './html/suite.ts';
export { writeReport } from './html/write.ts';
export { renderJunit } from './junit/junit.ts';
export type { RunReport, ScenarioReport, SuiteReport } from './model.ts';
export { runPageName } from './model.ts';
export { renderPerfettoTrace } from './perfetto/trace.ts';
export { colourFor } from './terminal/colour.ts';
export { formatLogs } from './terminal/logs.ts';
export { createProgress, type Progress } from './terminal/progress.ts';
export { formatSuite } from './terminal/summary.ts';
export { formatViolation, type ViolationText } from './terminal/violation.ts';
