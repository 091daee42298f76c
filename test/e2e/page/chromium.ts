/** A real Chromium for page tests: `CHROMIUM` or /usr/bin/chromium, headless, offline in its habits. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** False where the tests are to be skipped by name; with CI=true they run and fail instead. */
export const hasChromium = existsSync(executablePath) || process.env.CI === 'true';

export async function launchChromium(): Promise<Browser> {
  if (!existsSync(executablePath)) {
    throw new Error(
      `No Chromium at ${executablePath}; install it (apt-get install chromium) or set CHROMIUM to its path.`,
    );
  }
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
