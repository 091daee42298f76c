/**
 * Both pages in a real Chromium, opened from `file://` with the network off: what they show, that the keyboard reaches it, that texts from
 * programs stay text, and that nothing is written to the console. Screenshots are left in `SEEDSTORM_SCREENSHOTS` where that is set.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HistoryRecord } from '../../../harness/history/record.ts';
import { readClientScript, renderRunPage, renderSuitePage, writeReport } from '../../../reports/index.ts';
import { busyRun } from '../../reports/busy-fixture.ts';
import { leaseRun, mixedSuite } from '../../reports/fixture.ts';
import { hasChromium, launchChromium } from './chromium.ts';

const TIMEOUT_MS = 60_000;

describe.skipIf(!hasChromium)('pages in Chromium', { timeout: TIMEOUT_MS }, () => {
  let browser: Browser;
  let folder: string;
  let script: string;

  beforeAll(async () => {
    script = await readClientScript();
    folder = await mkdtemp(join(tmpdir(), 'seedstorm-page-'));
    await writeReport(mixedSuite(leaseRun()), folder);
    browser = await launchChromium();
  }, TIMEOUT_MS);
  afterAll(async () => {
    await browser?.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  /** Opens a page, runs the body, and fails on any console message, error or request. */
  async function visit(
    file: string,
    body: (page: Page) => Promise<void>,
    options: BrowserContextOptions = {},
  ): Promise<void> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('request', (request) => {
      if (!/^(file|data|blob):/.test(request.url())) complaints.push(`request: ${request.url()}`);
    });
    try {
      await page.goto(pathToFileURL(join(folder, file)).href);
      await page.locator('html[data-ready=true]').waitFor({ timeout: 15_000 });
      await body(page);
      expect(complaints).toEqual([]);
    } finally {
      await context.close();
    }
  }

  const runPage = 'run-leader-lease-fencing-naive.html';
  const range = (page: Page): Promise<string | null> => page.locator('#range').textContent();

  test('the run page tells a stranger what happened on its first screen', () =>
    visit(runPage, async (page) => {
      const heading = page.locator('h1');
      expect(await heading.textContent()).toContain('Invoice 17 was charged twice');
      for (const locator of [
        heading,
        page.locator('.story .is-witness').last(),
        page.locator('#replay-command'),
        page.locator('.plan-row').first(),
      ]) {
        const box = await locator.boundingBox();
        expect(box === null ? 9999 : box.y + box.height).toBeLessThan(800);
      }
      expect(await page.locator('#range').textContent()).toBe('11.0 s – 33.8 s (22.8 s)');
    }));

  test('a witness in the story leads to its record in diagram, detail and history', () =>
    visit(runPage, async (page) => {
      await page.locator('.story .is-witness a').last().click();
      await page.locator('#detail h3').waitFor();
      expect(await page.locator('#detail h3').textContent()).toBe(
        'Witness 2: bank recorded invoice-17 (amount 57), asked by worker-1',
      );
      expect(await page.locator('#pane-history [aria-selected=true]').textContent()).toContain('asked by worker-1');
      expect(await range(page)).toMatch(/^32\.3\d+ s – 32\.4\d+ s/);
      await page.goBack();
      await page.locator('.story .is-witness a').last().click();
      expect(await page.locator('#detail').isVisible()).toBe(true);
    }));

  test('the diagram is driven by the keyboard and says what it does', () =>
    visit(runPage, async (page) => {
      const canvas = page.locator('#diagram canvas');
      await canvas.focus();
      const before = await range(page);
      await page.keyboard.press('+');
      await expect.poll(() => range(page)).not.toBe(before);
      await page.keyboard.press('ArrowLeft');
      await page.keyboard.press('0');
      await expect.poll(() => range(page)).toBe('0.0 s – 92.4 s (92.4 s)');
      await page.keyboard.press('v');
      await expect.poll(() => range(page)).toBe(before);
      await page.keyboard.press(']');
      await expect.poll(() => page.locator('#announcer').textContent()).toContain('Witness 1 of 2: 28.442 s, bank');
      await page.keyboard.press('.');
      await expect.poll(() => page.locator('#announcer').textContent()).toContain('→ worker-2  200 POST /charge');
      expect(await canvas.getAttribute('aria-label')).toMatch(
        /^Space-time diagram, 6 hosts, 28\.4 s to 28\.5 s, \d+ messages$/,
      );
      await page.keyboard.press('Enter');
      expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('History');
      await page.keyboard.press('ArrowDown');
      await expect
        .poll(() => page.locator('#pane-history [aria-selected=true]').textContent())
        .toContain('UPDATE invoices');
      await canvas.focus();
      await page.keyboard.press('Escape');
      await expect.poll(() => page.locator('#detail').isVisible()).toBe(false);
    }));

  test('a click on a message follows the request, a drag moves, a wheel with Ctrl zooms, Shift and drag selects', () =>
    visit(runPage, async (page) => {
      await page.locator('[data-act=witness-next]').click();
      await page.locator('#diagram-title').scrollIntoViewIfNeeded();
      const canvas = page.locator('#diagram canvas');
      await page.evaluate('document.getElementById("diagram-title").scrollIntoView()');
      const box = (await canvas.boundingBox())!;
      // The witness is in the middle; just left of it its request arrives, so this point is on the request's line.
      const middle = box.x + 118 + (box.width - 118) / 2;
      await page.mouse.move(middle - 3, box.y + box.height - 75);
      await expect.poll(() => page.locator('#tip').textContent()).toContain('POST /charge');
      await page.mouse.click(middle - 3, box.y + box.height - 75);
      await expect.poll(() => page.locator('#detail').textContent()).toContain('2 messages are marked');
      await page.getByRole('button', { name: 'To the re' }).click();
      await expect.poll(() => page.locator('#detail h3').textContent()).toMatch(/POST \/charge/);

      const before = await range(page);
      await page.mouse.move(box.x + 600, box.y + 60);
      await page.mouse.down();
      await page.mouse.move(box.x + 700, box.y + 60, { steps: 4 });
      await page.mouse.up();
      await expect.poll(() => range(page)).not.toBe(before);
      const moved = await range(page);
      await page.keyboard.down('Control');
      await page.mouse.wheel(0, -200);
      await page.keyboard.up('Control');
      await expect.poll(() => range(page)).not.toBe(moved);

      await page.locator('[data-act=all]').click();
      await page.keyboard.down('Shift');
      await page.mouse.move(box.x + 118, box.y + 60);
      await page.mouse.down();
      await page.mouse.move(box.x + 118 + (box.width - 118) / 4, box.y + 60, { steps: 4 });
      await page.mouse.up();
      await page.keyboard.up('Shift');
      await expect.poll(() => range(page)).toMatch(/^0\.0 s – 23\.\d s/);
    }));

  test('the chosen time filters history, logs and operations together', () =>
    visit(runPage, async (page) => {
      const counts = async (): Promise<number[]> => {
        const texts = await page.locator('.tab-count').allInnerTexts();
        return texts.map((text) => Number(text.replace(',', '')));
      };
      await page.locator('[data-act=all]').click();
      await expect.poll(async () => (await counts())[1]).toBe(64);
      const whole = await counts();
      await page.locator('[data-act=violation]').click();
      await expect.poll(async () => (await counts())[0]! < whole[0]!).toBe(true);
      const part = await counts();
      for (const [index, count] of part.entries()) expect(count).toBeLessThan(whole[index]!);
      await page.locator('#follow').uncheck();
      await expect.poll(counts).toEqual(whole);
    }));

  test('the history filters by words, host and kind; tabs work by arrow keys', () =>
    visit(runPage, async (page) => {
      await page.locator('#follow').uncheck();
      await page.getByLabel('Filter the history').fill('invoice-17');
      await page.getByRole('button', { name: 'message', exact: true }).click();
      await expect.poll(() => page.locator('#count-history').textContent()).toBe('9');
      await page.getByLabel('Host', { exact: true }).selectOption('bank');
      await expect.poll(() => page.locator('#pane-history .vt-row').count()).toBe(2);
      await page.locator('#tab-history').focus();
      await page.keyboard.press('ArrowRight');
      expect(await page.locator('#tab-logs').getAttribute('aria-selected')).toBe('true');
      await page.getByLabel('Process').selectOption('worker-1');
      await page.getByLabel('Filter the logs').fill('renewal');
      await expect.poll(() => page.locator('#pane-logs .vt-row').allInnerTexts()).toHaveLength(1);
      expect(await page.locator('#pane-logs .vt-row').textContent()).toContain('00:00:32.413');
      await page.keyboard.press('Escape');
    }));

  test('a lane folds and keeps the focus', () =>
    visit(runPage, async (page) => {
      const lane = page.getByRole('button', { name: 'client' });
      const height = (await page.locator('#diagram').boundingBox())!.height;
      await lane.focus();
      await page.keyboard.press('Enter');
      expect(await lane.getAttribute('aria-expanded')).toBe('false');
      expect((await page.locator('#diagram').boundingBox())!.height).toBeLessThan(height);
      expect(await page.evaluate('document.activeElement.dataset.host')).toBe('0');
    }));

  test('the replay command is copied', () =>
    visit(
      runPage,
      async (page) => {
        await page.getByRole('button', { name: 'Copy the replay command' }).click();
        await expect.poll(() => page.locator('.replay .copy').textContent()).toBe('Copied');
        expect(await page.evaluate('navigator.clipboard.readText()')).toBe(leaseRun().replayCommand);
      },
      { permissions: ['clipboard-read', 'clipboard-write'] },
    ));

  test('the suite page filters and leads to the run page', () =>
    visit('index.html', async (page) => {
      expect(await page.locator('h1').textContent()).toContain('5 of 8 subjects behaved as expected');
      await page.getByLabel('Filter by outcome').selectOption('unexpected');
      expect(await page.locator('[data-line]:visible').count()).toBe(2);
      expect(await page.locator('#filter-result').textContent()).toBe('2 of 8 lines');
      expect(await page.locator('[data-group]:visible').count()).toBe(1);
      await page.getByLabel('Filter by outcome').selectOption('');
      await page.getByLabel('Filter by words').fill('invoice 17');
      await page.getByRole('link', { name: /Invoice 17 was charged twice/ }).click();
      await page.locator('html[data-page=run][data-ready=true]').waitFor();
      await page.getByRole('link', { name: 'all scenarios' }).click();
      await page.locator('html[data-page=suite]').waitFor();
    }));

  test.each([
    ['run page', runPage],
    ['suite page', 'index.html'],
  ])('the %s fits a phone, light and dark', async (name, file) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [390, 1280]) {
        await visit(
          file,
          async (page) => {
            expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
            const [paper, ink] = (await page.evaluate(
              '(() => { const style = getComputedStyle(document.body); return [style.backgroundColor, style.color]; })()',
            )) as [string, string];
            expect(paper).not.toBe(ink);
            const shots = process.env.SEEDSTORM_SCREENSHOTS;
            if (shots !== undefined) {
              await page.screenshot({
                path: join(shots, `${name.replace(' ', '-')}-${width}-${colorScheme}.png`),
                fullPage: true,
              });
            }
          },
          { viewport: { width, height: 844 }, colorScheme, hasTouch: width < 400 },
        );
      }
    }
  });

  test('100,000 messages open within seconds and draw a frame in time', async () => {
    await writeFile(join(folder, 'large.html'), renderRunPage(leaseRun({ messages: 100_000 }), { script }));
    await visit('large.html', async (page) => {
      await page.locator('[data-act=all]').click();
      await expect.poll(() => page.locator('#count-history').textContent()).toMatch(/^100,\d{3}$/);
      const median = (await page.evaluate(`(async () => {
        const canvas = document.querySelector('#diagram canvas');
        const times = [];
        for (let step = 0; step < 15; step += 1) {
          const start = performance.now();
          canvas.dispatchEvent(new KeyboardEvent('keydown', { key: step % 2 ? '-' : '+', bubbles: true }));
          await new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
          times.push(performance.now() - start);
        }
        return times.sort((a, b) => a - b)[7];
      })()`)) as number;
      // A frame at 60 Hz is 17 ms; the bound leaves room for a loaded machine.
      expect(median).toBeLessThan(250);
    });
  });

  test('thirty faults, twelve hosts, held and lost messages draw in light and dark, and measures show them', async () => {
    await writeFile(join(folder, 'busy.html'), renderRunPage(busyRun(), { script }));
    for (const colorScheme of ['light', 'dark'] as const) {
      await visit(
        'busy.html',
        async (page) => {
          expect(await page.locator('.plan-row').count()).toBe(30);
          expect(await page.locator('.lanes button').count()).toBe(12);
          const labels = await page.evaluate(
            '[...document.querySelectorAll(".chart canvas")].map((each) => each.getAttribute("aria-label"))',
          );
          expect(labels).toEqual([
            expect.stringMatching(/^Operations per second, at most /),
            expect.stringMatching(/^Latency of operations, at most 580 ms/),
            'Node clock less true time, at most 90 s in the time shown',
          ]);
        },
        { colorScheme },
      );
    }
  });

  test('texts from programs stay text in every part of the page', async () => {
    const markup = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>\u0000\u202e';
    const run = leaseRun();
    const common = { host: markup, process: markup };
    const history = [
      {
        ...common,
        seq: 0,
        at: 10,
        kind: 'message',
        id: 1,
        from: markup,
        to: 'b',
        label: markup,
        type: 'request',
        bytes: 1,
        phase: 'sent',
        connection: 1,
        preview: markup,
      },
      { ...common, seq: 1, at: 20, kind: 'log', stream: 'stdout', text: markup },
      { ...common, seq: 2, at: 30, kind: 'effect', ledger: markup, key: markup, caller: markup },
      { ...common, seq: 3, at: 40, kind: 'op', id: '1', phase: 'invoke', f: markup, key: markup },
      { ...common, seq: 4, at: 50, kind: 'fault', id: 'f1', phase: 'start', detail: markup },
    ] as unknown as HistoryRecord[];
    const hostile = {
      ...run,
      history,
      hosts: [],
      planInWords: [markup],
      violation: { invariant: markup, message: markup, witness: [2] },
    };
    await writeFile(join(folder, 'hostile.html'), renderRunPage(hostile, { script }));
    const suite = mixedSuite();
    const first = { seed: 1, invariant: markup, message: markup, capsulePath: markup };
    const scenarios = suite.scenarios.map((scenario) => ({
      ...scenario,
      name: markup,
      subject: markup,
      about: markup,
      first,
    }));
    await writeFile(join(folder, 'hostile-suite.html'), renderSuitePage({ ...suite, scenarios }, { script }));
    const check = async (page: Page): Promise<void> => {
      expect(await page.locator('img').count()).toBe(0);
      expect(await page.title()).not.toBe('owned');
    };
    await visit('hostile.html', async (page) => {
      await page.locator('.story a').last().click();
      await page.locator('#detail h3').waitFor();
      for (const tab of ['logs', 'operations', 'history']) {
        await page.locator(`#tab-${tab}`).click();
        expect(await page.locator(`#pane-${tab} .vt-row`).first().textContent()).toContain('<img src=x');
      }
      await check(page);
    });
    await visit('hostile-suite.html', check);
  });

  test('a printed run page shows rows beyond those on screen and the plan before shrinking', () =>
    visit(runPage, async (page) => {
      await page.evaluate('dispatchEvent(new Event("beforeprint"))');
      expect(await page.locator('#pane-history .vt-row').count()).toBe(300);
      expect(await page.locator('details.original').getAttribute('open')).not.toBeNull();
      expect((await page.pdf()).length).toBeGreaterThan(20_000);
    }));

  test('a page whose records are damaged says so and keeps what needs no script', async () => {
    const broken = renderRunPage(leaseRun(), { script }).replace(/(id="run-data">)[^<]{40}/, '$1AAAAAAAAAA');
    await writeFile(join(folder, 'broken.html'), broken);
    const page = await browser.newPage();
    await page.goto(pathToFileURL(join(folder, 'broken.html')).href);
    await expect.poll(() => page.locator('#loading').textContent()).toContain('cannot be opened');
    expect(await page.locator('h1').textContent()).toContain('Invoice 17');
    await page.close();
  });
});
