import type { Browser, Locator, Page } from 'playwright-core';

/** The sample's page in a tab of its own, in a reader's words. */
export class SamplePage {
  /** What a browser's console would have shown in red. */
  readonly complaints: string[] = [];

  private constructor(readonly page: Page) {
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('response', (response) => {
      if (response.status() >= 400) this.complaints.push(`${String(response.status())} ${response.url()}`);
    });
  }

  static async open(browser: Browser, url: string): Promise<SamplePage> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    // Less than Jest's: what did not come is then told by its name.
    context.setDefaultTimeout(4000);
    const sample = new SamplePage(await context.newPage());
    await sample.page.goto(url);
    await sample.hasState('open');
    return sample;
  }

  get envelope(): Locator {
    return this.page.getByLabel('Envelope', { exact: true });
  }

  get hint(): Locator {
    return this.page.locator('#envelope-hint');
  }

  get heartbeatToggle(): Locator {
    return this.page.getByLabel('every 20 s');
  }

  /** The rows of the log in one direction, oldest first. */
  rows(direction: 'out' | 'in' | 'event'): Locator {
    return this.page.locator(`#log > [data-direction="${direction}"]`);
  }

  row(direction: 'out' | 'in' | 'event', text: string): Locator {
    return this.rows(direction).filter({ hasText: text });
  }

  /** When it began what a row tells of, in milliseconds on the page's monotonic clock. */
  async instantOf(row: Locator): Promise<number> {
    return Number.parseFloat((await row.getAttribute('data-at')) ?? '');
  }

  press(name: string): Promise<void> {
    return this.page.getByRole('button', { name, exact: true }).click();
  }

  provocation(closeCode: number): Locator {
    return this.page.locator(`button[data-close-code="${String(closeCode)}"]`);
  }

  async hasState(state: 'open' | 'closed'): Promise<void> {
    await this.page.locator(`#status[data-state="${state}"]`).waitFor();
  }

  /** What the page tells of the end, once it has come. */
  async ending(timeout: number): Promise<Readonly<Record<EndingField, string>>> {
    await this.page.locator('#ending-details').waitFor({ timeout });
    const texts = ENDING_FIELDS.map(async (field) => {
      const id = field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      return [field, await this.page.locator(`#ending-${id}`).innerText()] as const;
    });
    return Object.fromEntries(await Promise.all(texts)) as Record<EndingField, string>;
  }

  /** How long the page is, in pixels. */
  height(): Promise<number> {
    return this.page.evaluate<number>('document.documentElement.scrollHeight');
  }

  async screenshot(path: string): Promise<void> {
    await this.page.evaluate('scrollTo(0, 0)');
    await this.page.screenshot({ path, fullPage: true });
  }
}

const ENDING_FIELDS = ['code', 'name', 'meaning', 'closedBy', 'reason', 'clean', 'openFor'] as const;

type EndingField = (typeof ENDING_FIELDS)[number];
