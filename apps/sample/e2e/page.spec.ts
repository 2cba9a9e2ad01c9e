import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PROVOCATIONS, Way } from '@nestwire/contracts';
import type { Browser } from 'playwright-core';
import { findChromium, launchChromium } from './chromium.js';
import { SamplePage } from './sample-page.js';
import { ARTIFACTS, buildSample, SampleProcess } from './sample-process.js';

/** The notes' example, to the letter. */
const PRE_FILLED = '{"userId":10001,"code":1001,"data":{}}';

const TIME_OF_DAY = /^\d\d:\d\d:\d\d\.\d{3}$/;

const LIFE_MS = 30_000;
const PATIENCE_MS = 5000;
const BEATING_FOR_MS = 45_000;
const BUILD_MS = 120_000;

const chromium = findChromium();
// In CI a browser that is missing is a failure, here it is somebody's laptop.
const describeInChromium = chromium === undefined && !process.env['CI'] ? describe.skip : describe;
if (describeInChromium === describe.skip) {
  process.stderr.write('The page is not tested: there is no Chromium; NESTWIRE_CHROMIUM may name one.\n');
}

describeInChromium('The page, in Chromium', () => {
  let server: SampleProcess;
  let browser: Browser;
  let sample: SamplePage;
  /** These two take real time: they begin at once, and are asked at the end. */
  let chatty: SamplePage;
  let beating: SamplePage;
  let beatingSince: number;

  beforeAll(async () => {
    if (chromium === undefined) throw new Error('No Chromium: NESTWIRE_CHROMIUM may name one');
    await buildSample();
    server = await SampleProcess.start();
    browser = await launchChromium(chromium);
    beating = await SamplePage.open(browser, server.pageUrl);
    beatingSince = performance.now();
    chatty = await SamplePage.open(browser, server.pageUrl);
    await chatty.provocation(4408).click();
    sample = await SamplePage.open(browser, server.pageUrl);
  }, BUILD_MS);

  afterAll(async () => {
    // Neither is there if beforeAll has failed.
    server?.kill();
    await browser?.close();
  }, PATIENCE_MS * 2);

  describe('The message', () => {
    it('is filled in before', async () => {
      expect(await sample.envelope.inputValue()).toBe(PRE_FILLED);
    });

    it('is listed with time and direction, and so is its answer', async () => {
      await sample.press('Send');
      const out = sample.row('out', PRE_FILLED);
      const back = sample.row('in', '"hello":"user 10001"');
      await back.waitFor();
      expect(await out.count()).toBe(1);
      expect(await out.locator('.row-arrow').innerText()).toBe('→');
      expect(await back.locator('.row-arrow').innerText()).toBe('←');
      const times = [await out.locator('time').innerText(), await back.locator('time').innerText()];
      for (const time of times) expect(time).toMatch(TIME_OF_DAY);
      expect(await sample.instantOf(out)).toBeLessThanOrEqual(await sample.instantOf(back));
    });

    it('is filled in for each code, and goes out with Ctrl and Enter', async () => {
      await sample.press('Count');
      expect(JSON.parse(await sample.envelope.inputValue())).toMatchObject({ code: 1004, id: 'count-1' });
      await sample.envelope.press('Control+Enter');
      await sample.row('in', '"done":true').waitFor();
      expect(await sample.row('in', '"id":"count-1"').count()).toBe(6);
    });

    it('may be no envelope: the page says so, and sends it', async () => {
      await sample.envelope.fill('hello?');
      expect(await sample.hint.innerText()).toContain('must be JSON');
      await sample.press('Send');
      await sample.row('out', 'hello?').waitFor();
      const refusal = sample.row('in', '"status":400');
      await refusal.waitFor();
      expect(await refusal.getAttribute('data-tone')).toBe('error');
    });
  });

  describe('The close codes', () => {
    const quick = PROVOCATIONS.filter(({ way }) => way !== Way.ChatWithoutHeartbeat);

    it.each(quick)('$closeCode $name: $way', async ({ closeCode, name, meaning, way }) => {
      await sample.provocation(closeCode).click();
      // The button connects first where it has to, which clears the last ending away.
      await sample.page.locator('#ending-code', { hasText: String(closeCode) }).waitFor({ timeout: PATIENCE_MS });
      const ending = await sample.ending(PATIENCE_MS);
      expect(ending).toMatchObject({
        code: String(closeCode),
        name,
        meaning,
        closedBy: whoCloses(way),
        clean: way === Way.Drop ? 'no' : 'yes, both ends said goodbye',
      });
      if (way === Way.Ask) expect(ending.reason).toBe('as the page asked');
      expect(await sample.rows('event').last().innerText()).toContain(String(closeCode));
    });

    it('are ticked off', async () => {
      const seen = `${String(quick.length)} of ${String(PROVOCATIONS.length)} seen`;
      expect(await sample.page.locator('#board-progress').innerText()).toBe(seen);
      await mkdir(ARTIFACTS, { recursive: true });
      await sample.screenshot(join(ARTIFACTS, 'page.png'));
    });

    it('fill the log, which scrolls and does not make the page longer', async () => {
      expect(await sample.page.locator('#log > li').count()).toBeGreaterThan(50);
      expect(await sample.height()).toBeLessThan((await chatty.height()) + 100);
    });

    it('are followed by a new connection', async () => {
      await sample.press('Connect');
      await sample.hasState('open');
      await sample.press('Close');
      expect(await sample.ending(PATIENCE_MS)).toMatchObject({ code: '1000', closedBy: 'this page' });
    });
  });

  describe('The heartbeat, in real time', () => {
    it(
      'ends a connection that chats without it, by a closing handshake after 30 s',
      async () => {
        const ending = await chatty.ending(LIFE_MS + PATIENCE_MS);
        expect(ending).toMatchObject({
          code: '4408',
          closedBy: 'the server',
          reason: 'no heartbeat',
          clean: 'yes, both ends said goodbye',
        });
        // Not before its time, counted from before the browser was asked: the server's clock starts before the page hears of it.
        const askedAt = await chatty.instantOf(chatty.row('event', 'connecting'));
        const closedAt = await chatty.instantOf(chatty.row('event', '4408'));
        expect(closedAt - askedAt).toBeGreaterThanOrEqual(LIFE_MS);
        expect(Number.parseFloat(ending.openFor) * 1000).toBeLessThan(LIFE_MS + 2000);
        // It was chatty up to the end: the limit on silence alone would have let it live.
        expect(await chatty.row('out', '"code":1001').count()).toBeGreaterThanOrEqual(LIFE_MS / 2000 - 1);
        expect(await chatty.row('out', '"code":1002').count()).toBe(0);
        // For the next connection, the heartbeat is back.
        expect(await chatty.heartbeatToggle.isChecked()).toBe(true);
      },
      LIFE_MS + PATIENCE_MS * 2,
    );

    it(
      'keeps a connection that beats every 20 s',
      async () => {
        await beating.page.waitForTimeout(Math.max(0, beatingSince + BEATING_FOR_MS - performance.now()));
        await beating.hasState('open');
        for (const direction of ['out', 'in'] as const) {
          expect(await beating.row(direction, '"code":1002').count()).toBe(2);
        }
        expect(await beating.page.locator('#heartbeat-text').innerText()).toMatch(
          /^Last beat \d s ago · next in 1\d s$/,
        );
      },
      BEATING_FOR_MS + PATIENCE_MS,
    );
  });

  describe('The end of the server', () => {
    it('is told as 1001 by the server, which exits with 0', async () => {
      await sample.press('Connect');
      await sample.hasState('open');
      expect(await server.interrupt()).toBe(0);
      for (const page of [sample, beating]) {
        expect(await page.ending(PATIENCE_MS)).toMatchObject({
          code: '1001',
          closedBy: 'the server',
          clean: 'yes, both ends said goodbye',
        });
      }
    });

    it('comes without one complaint in a console', () => {
      for (const { complaints } of [sample, chatty, beating]) expect(complaints).toEqual([]);
    });
  });
});

function whoCloses(way: Way): string {
  if (way === Way.CloseHere || way === Way.CloseWithoutCode) return 'this page';
  return way === Way.Drop ? 'nobody said goodbye: the connection was lost' : 'the server';
}
