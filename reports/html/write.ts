/** Writes the report folder: `index.html` and one page per traced run beside it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runPageName, type SuiteReport } from '../model.ts';
import { readClientScript } from './client-asset.ts';
import { renderRunPage } from './run.ts';
import { renderSuitePage } from './suite.ts';

/**
 * Writes all pages into the folder, which is created; files of the same names are replaced.
 * @returns path of the suite page
 */
export async function writeReport(suite: SuiteReport, directory: string): Promise<string> {
  const script = await readClientScript();
  await mkdir(directory, { recursive: true });
  const scenarios = [];
  for (const scenario of suite.scenarios) {
    if (scenario.run === undefined) {
      scenarios.push(scenario);
      continue;
    }
    const runPage = scenario.runPage ?? runPageName(scenario.name, scenario.subject);
    await writeFile(join(directory, runPage), renderRunPage(scenario.run, { script }));
    scenarios.push({ ...scenario, runPage });
  }
  const index = join(directory, 'index.html');
  await writeFile(index, renderSuitePage({ ...suite, scenarios }, { script }));
  return index;
}
