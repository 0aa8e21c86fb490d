/**
 * The report in a browser, made as users make it: by `npm start`, and from 10,000 findings. With VSOC_SCREENSHOTS the pictures
 * of docs/ are written to that directory.
 */
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { CATALOGUE_DIRECTORY, readCatalogueFiles } from '../../sql/catalogue-files.ts';
import { type OpenFile, type Viewing, assertAccessible, launchChromium, openFile } from '../support/browser.ts';
import { databaseServerUrl } from '../support/database-server.ts';
import { manyFindings } from '../support/many-findings.ts';
import { configFinding, configRuleFinding } from '../support/source-findings.ts';
import { vsoc } from '../support/vsoc.ts';

const SCREENSHOTS = process.env['VSOC_SCREENSHOTS'];

interface Finding {
  readonly RecordState: string;
  readonly Workflow: { readonly Status: string };
  readonly Severity: { readonly Label: string };
  readonly Resources: readonly { readonly Id: string }[];
  readonly ProductFields: Readonly<Record<string, string>>;
}

/** Distinct pairs of technique and resource of an account among open findings. */
function pairsOf(findings: readonly Finding[], isWanted: (finding: Finding) => boolean = () => true): number {
  const open = findings.filter(
    ({ RecordState, Workflow }) => RecordState === 'ACTIVE' && Workflow.Status !== 'SUPPRESSED',
  );
  return new Set(
    open
      .filter(isWanted)
      .flatMap(({ ProductFields: fields, Resources }) =>
        Resources.map(({ Id }) => `${fields['mitre/technique']}\n${fields['mitre/owner/account']}\n${Id}`),
      ),
  ).size;
}

const cell = (page: Page, techniqueId: string) =>
  page.locator(`#matrix button[data-technique="${techniqueId}"]:visible`).first();
const openPairs = (count: number) => new RegExp(`Open: ${count} pairs`);
async function expectText(page: Page, selector: string, pattern: RegExp): Promise<void> {
  await page.locator(selector, { hasText: pattern }).first().waitFor();
}

describe('report.html in a browser', function () {
  this.timeout(180_000);
  let browser: Browser;
  let directory: string;
  let opened: OpenFile | undefined;
  const reports = { sample: '', large: '' };
  const findings: Record<string, readonly Finding[]> = {};

  const open = async (file: string, viewing?: Viewing) => {
    opened = await openFile(browser, file, viewing);
    return opened.page;
  };
  const enrich = async (name: string, content: unknown, ...args: string[]) => {
    const file = path.join(directory, `${name}.json`);
    const out = path.join(directory, name);
    await writeFile(file, JSON.stringify(content));
    const { code, stderr } = await vsoc([
      'enrich',
      file,
      '--out',
      out,
      '--database',
      await databaseServerUrl(),
      ...args,
    ]);
    assert.equal(code, 0, stderr);
    return path.join(out, 'report.html');
  };
  const readFindings = async (report: string) =>
    (
      JSON.parse(await readFile(path.join(path.dirname(report), 'technique-findings.json'), 'utf8')) as {
        Findings: Finding[];
      }
    ).Findings;

  before(async () => {
    browser = await launchChromium();
    directory = await mkdtemp(path.join(os.tmpdir(), 'vsoc-browser-'));
    // Run as root, the database server uses another account, which must be able to pass through.
    await chmod(directory, 0o755);
    const started = await vsoc(['start'], { cwd: directory, env: { VSOC_DATABASE_URL: '' } });
    assert.equal(started.code, 0, started.stderr);
    reports.sample = path.join(directory, 'out', 'report.html');

    const read = await readCatalogueFiles(CATALOGUE_DIRECTORY);
    assert.ok('rows' in read);
    const { rules, links } = read.rows;
    const linked = new Set(links.map(({ provider, ruleKey }) => `${provider} ${ruleKey}`));
    const keysOf = (wanted: string) =>
      rules
        .filter(
          ({ provider, ruleKey, status }) =>
            provider === wanted && status === 'active' && linked.has(`${provider} ${ruleKey}`),
        )
        .map(({ ruleKey }) => ruleKey);
    reports.large = await enrich(
      'large',
      manyFindings({ count: 10_000, configRules: keysOf('config'), guardDutyTypes: keysOf('guardduty') }),
    );
    for (const [name, report] of Object.entries(reports)) findings[name] = await readFindings(report);
  });

  after(async () => {
    await browser.close();
    await rm(directory, { recursive: true, force: true });
  });

  afterEach(async () => {
    opened?.assertQuiet();
    await opened?.close();
    opened = undefined;
  });

  for (const name of ['sample', 'large'] as const) {
    describe(name === 'sample' ? 'made by npm start' : 'made from 10,000 findings', () => {
      const own = () => findings[name] ?? [];

      it('is below 2 MB, and shows the matrix with the counts of the findings beside it', async () => {
        const page = await open(reports[name]);

        await page.locator('#matrix button[data-technique]').first().waitFor();
        await expectText(page, '#result', openPairs(pairsOf(own())));
        assert.ok((await readFile(reports[name])).byteLength < 2_000_000);
        assert.equal(await page.locator('#matrix li[data-tactic]').count(), 15);
      });

      it('filters by account, Region, provider, severity, platform and state', async () => {
        const page = await open(reports[name]);
        const account = own()[0]?.ProductFields['mitre/owner/account'] ?? '';
        const region = own()[0]?.ProductFields['mitre/owner/region'] ?? '';

        await page.selectOption('#account', account);
        await expectText(
          page,
          '#result',
          openPairs(pairsOf(own(), ({ ProductFields: fields }) => fields['mitre/owner/account'] === account)),
        );
        await page.selectOption('#region', region);
        const isHere = ({ ProductFields: fields }: Finding) =>
          fields['mitre/owner/account'] === account && fields['mitre/owner/region'] === region;
        await expectText(page, '#result', openPairs(pairsOf(own(), isHere)));
        await page.click('#reset');
        await page.selectOption('#provider', { label: 'Amazon GuardDuty' });
        const isGuardDuty = ({ ProductFields: fields }: Finding) => fields['mitre/trigger/service'] === 'guardduty';
        await expectText(page, '#result', openPairs(pairsOf(own(), isGuardDuty)));
        await page.selectOption('#severity', { label: 'High or worse' });
        const isSevere = (finding: Finding) => isGuardDuty(finding) && /^(HIGH|CRITICAL)$/.test(finding.Severity.Label);
        await expectText(page, '#result', openPairs(pairsOf(own(), isSevere)));
        await page.locator('#states-note').waitFor();
        await page.click('#reset');
        const all = await page.locator('#matrix button:visible').count();
        await page.selectOption('#platform', { label: 'Containers' });
        const ofContainers = await page.locator('#matrix button:visible').count();
        assert.ok(ofContainers > 0 && ofContainers < all);
        await page.selectOption('#platform', '');
        await page.selectOption('#state', { label: 'Blind' });
        assert.equal(await page.locator('#matrix button:visible:not(.vm-s-blind):not(.is-context)').count(), 0);
        await page.click('#reset');
        await page.check('#open-only');
        const openCells = page.locator('#matrix button:visible:not(.is-context)');
        assert.ok((await openCells.count()) > 0);
        for (const text of await openCells.locator('.vm-ct').allTextContents()) assert.match(text, /\d/);
      });

      it('searches techniques and findings', async () => {
        const page = await open(reports[name]);

        await page.fill('#search', 'T1110');
        await cell(page, 'T1110.001').waitFor();
        assert.equal(await page.locator('#matrix button[data-technique="T1496"]:visible').count(), 0);
        const resource =
          own().find(
            ({ RecordState, ProductFields: fields }) =>
              RecordState === 'ACTIVE' && fields['mitre/technique'] === 'T1530',
          )?.Resources[0]?.Id ?? '';
        await page.fill('#search', resource.toUpperCase());
        await cell(page, 'T1530').waitFor();
        await page.fill('#search', 'no such thing anywhere');
        await page.locator('#no-result').waitFor();
      });

      it('unfolds sub-techniques by mouse and by keyboard', async () => {
        const page = await open(reports[name]);
        const family = page.locator('#matrix li:has(> button[data-technique="T1078"])').first();
        const sub = family.locator('button[data-technique="T1078.004"]');

        assert.equal(await sub.isVisible(), false);
        await family.locator('summary').click();
        await sub.waitFor();
        await family.locator('summary').focus();
        await page.keyboard.press('Enter');
        await sub.waitFor({ state: 'hidden' });
        await page.keyboard.press('Enter');
        await sub.waitFor();
        await page.click('#fold');
        await sub.waitFor({ state: 'hidden' });
        await page.click('#unfold');
        await sub.waitFor();
      });

      it('shows what is behind a technique, by mouse and by keyboard', async () => {
        const page = await open(reports[name]);

        await cell(page, 'T1530').click();
        await expectText(page, '#panel-title', /^T1530 Data from Cloud Storage$/);
        for (const title of [
          'States',
          'Findings',
          'Resources',
          'Accounts',
          'Mitigations',
          'Campaigns and groups',
          'Controls',
        ])
          await expectText(page, '#panel h3', new RegExp(`^${title}`));
        assert.match(
          (await page.locator('#panel .finding a').first().getAttribute('href')) ?? '',
          /^https:\/\/eu-west-1\.console\.aws\.amazon\.com\/securityhub/,
        );
        await page.click('#close');
        await page.locator('#panel').waitFor({ state: 'hidden' });

        await cell(page, 'T1078').focus();
        await page.keyboard.press('ArrowDown');
        await page.keyboard.press('ArrowRight');
        await page.keyboard.press('ArrowLeft');
        await page.keyboard.press('Home');
        await page.keyboard.press('Enter');
        const title = await page.locator('#panel-title').textContent();
        assert.equal(await page.locator('#panel-title:focus').count(), 1);
        await page.keyboard.press('Escape');
        await page.locator('#panel').waitFor({ state: 'hidden' });
        const focused = await page.locator('#matrix button:focus').getAttribute('title');
        assert.ok(title && focused?.startsWith(title), `${title}, ${focused}`);
      });

      it('lays a campaign over the matrix, and ranks campaigns and rules', async () => {
        const page = await open(reports[name]);

        await page.selectOption('#adversary', { label: 'C0027 C0027' });
        assert.ok((await page.locator('#matrix .is-step:visible').count()) > 0);
        assert.ok((await page.locator('#matrix .is-dim:visible').count()) > 0);
        // A step that is a sub-technique is unfolded.
        assert.equal(
          await page.locator('#matrix .is-step').count(),
          await page.locator('#matrix .is-step:visible').count(),
        );
        await page.locator('#adversary-rows button').first().click();
        assert.notEqual(await page.inputValue('#adversary'), '');
        assert.ok((await page.locator('#fix-first-rows tr').count()) > 10);
        const few = await page.locator('#adversary-rows tr').count();
        await page.check('#all-adversaries');
        assert.ok((await page.locator('#adversary-rows tr').count()) > few);
      });

      it('speaks English and Spanish', async () => {
        const page = await open(reports[name]);
        await cell(page, 'T1530').click();

        await page.selectOption('#language', 'es');

        await expectText(page, 'h1', /^Informe de la matriz ATT&CK$/);
        await expectText(page, '#matrix h3', /^Acceso inicial$/);
        await expectText(page, '#panel-title', /^T1530 Datos /);
        assert.equal(await page.locator('html').getAttribute('lang'), 'es');
        await page.selectOption('#language', 'en');
        await expectText(page, 'h1', /^ATT&CK matrix report$/);
      });

      for (const colorScheme of ['light', 'dark'] as const) {
        it(`has no violation that axe-core finds, ${colorScheme}`, async () => {
          const page = await open(reports[name], { colorScheme });
          await assertAccessible(page);

          await page.click('#unfold');
          await page.selectOption('#adversary', { index: 1 });
          await cell(page, 'T1078').click();
          await assertAccessible(page);
        });
      }
    });
  }

  it('switches to dark and light by hand', async () => {
    const page = await open(reports.sample);
    const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const light = await ground();

    await page.selectOption('#theme', 'dark');
    assert.notEqual(await ground(), light);
    await assertAccessible(page);
    await page.selectOption('#theme', 'light');
    assert.equal(await ground(), light);
  });

  it('is complete without script', async () => {
    const page = await open(reports.sample, { javaScriptEnabled: false });

    assert.ok(await cell(page, 'T1530').isVisible());
    await page.locator('#matrix summary').first().click();
    assert.ok(await page.locator('#matrix details[open] button').first().isVisible());
    assert.ok(await page.getByText('Filters, search and the panel need JavaScript.').isVisible());
  });

  it('prints without its tools', async () => {
    const page = await open(reports.sample);
    await cell(page, 'T1530').click();

    await page.emulateMedia({ media: 'print' });

    assert.equal(await page.locator('#tools').isVisible(), false);
    assert.equal(await page.locator('#panel').isVisible(), false);
    assert.ok(await cell(page, 'T1530').isVisible());
    assert.ok((await page.pdf({ preferCSSPageSize: true })).byteLength > 10_000);
  });

  it('shows whatever a finding says as text', async () => {
    const hostile = `</script><script>alert(1)</script><img src=x onerror=alert(2)>"'\u0007\u202e`;
    const report = await enrich('hostile', [
      configFinding({
        Id: `arn:x/${hostile}`,
        Title: hostile,
        Description: hostile,
        ProductFields: { 'aws/config/ConfigRuleName': 'restricted-ssh', [hostile]: hostile },
        Region: hostile,
        Resources: [{ Id: `arn:y/${hostile}`, Type: hostile, Region: hostile }],
        Remediation: { Recommendation: { Text: hostile, Url: `javascript:${hostile}` } },
      }),
      configRuleFinding('restricted-ssh', { Id: 'plain' }),
    ]);

    const page = await open(report);
    await page.fill('#search', 'alert(1)');
    await page.locator('#matrix button:visible .vm-ct', { hasText: /\d/ }).first().click();
    await expectText(page, '#panel .title', /<script>alert\(1\)<\/script><img src=x/);

    assert.equal(await page.locator('img, #panel script').count(), 0);
    for (const href of await page.locator('a[target]').evaluateAll((links) => links.map((link) => String(link)))) {
      assert.match(href, /^https:\/\//);
    }
  });

  if (SCREENSHOTS !== undefined) {
    it('is pictured for the docs', async () => {
      await mkdir(SCREENSHOTS, { recursive: true });
      const picture = (page: Page, file: string) => page.screenshot({ path: path.join(SCREENSHOTS, file) });
      const page = await open(reports.sample);
      // Small enough for a page of documentation.
      await page.setViewportSize({ width: 1240, height: 600 });
      await picture(page, 'report-matrix.png');
      await cell(page, 'T1530').click();
      await picture(page, 'report-panel.png');
      await page.click('#close');
      await page.selectOption('#adversary', { label: 'C0027 C0027' });
      await page.selectOption('#language', 'es');
      await page.selectOption('#theme', 'dark');
      await page.evaluate("document.getElementById('matrix').scrollIntoView()");
      await picture(page, 'report-campaign.png');
    });
  }
});
