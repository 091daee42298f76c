/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** The script of both pages. It runs in a browser from `file://`: no request, no storage, no dependency. */
import { startCopyButtons } from './client/copy.ts';
import { startRunPage } from './client/run.ts';
import { startSuitePage } from './client/suite.ts';

startCopyButtons();
if (document.documentElement.dataset.page === 'run') void startRunPage();
else startSuitePage();
