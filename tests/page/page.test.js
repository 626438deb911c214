// The HTML report, as its reader uses it. tests/it/page.rs makes the reports and runs this.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { count, launch, names, open, text } from './browser.js';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

/** Opens a report, looks at it, and asks whether it stayed by itself. */
async function look(name, address, options, what) {
  const opened = await open(browser, name, address, options);
  await what(opened.page);
  await opened.close();
}

const json = async (name) => JSON.parse(await text(name));
const select = (page, name, value) => page.locator(`#filters [name=${name}]`).selectOption(value);
const search = (page, words) => page.locator('#filters [name=q]').fill(words);

describe('what is known first', () => {
  const cards = (page) => page.locator('.card').evaluateAll((all) => all.map((card) => [card.classList[1], card.querySelector('h2').textContent]));

  test('all was read', () => look('tenant.html', '', {}, async (page) => {
    assert.deepEqual(await cards(page), [
      ['good', 'The organisation audits'],
      ['good', 'The report is complete'],
      ['bad', '6 accounts bypass auditing'],
    ]);
  }));

  test('what was not read is unknown, never clean', () => look('unknown.html', '', {}, async (page) => {
    assert.deepEqual(await cards(page), [
      ['unknown', 'Unknown: does the organisation audit?'],
      ['bad', 'The report is incomplete'],
      ['unknown', 'Unknown: who bypasses auditing?'],
    ]);
    assert.match(await page.locator('.problems').textContent(), /Get-EXOMailbox -PropertySets Minimum,Audit/);
    assert.match(await page.locator('#accounts').textContent(), /were not read/);
    assert.match(await page.locator('#missing').textContent(), /Of 2 mailboxes this is not known; no bar counts them/);
    assert.equal(await page.locator('.tiles li', { hasText: 'Unknown' }).locator('strong').textContent(), '2');
  }));

  test('an organisation that does not audit', () => look('disabled.html', '', {}, async (page) => {
    assert.deepEqual((await cards(page))[0], ['bad', 'The organisation does not audit']);
    await page.locator('#rows .name').first().click();
    assert.match(await page.locator('#mailbox-body').textContent(), /Set-OrganizationConfig -AuditDisabled \$false/);
  }));

  test('without script all but the list is there', () => look('tenant.html', '', { javaScriptEnabled: false }, async (page) => {
    assert.match(await page.locator('noscript').innerText(), /needs the page's script/);
    assert.equal(await page.locator('#app').isVisible(), false);
    assert.ok(await page.locator('.bars li').count() > 40);
  }));
});

describe('charts', () => {
  test('bars have the numbers of the JSON report, and lead to those mailboxes', () => look('tenant.html', '', {}, async (page) => {
    const { Mailboxes, Summary } = await json('tenant.json');
    for (const logon of ['Admin', 'Delegate', 'Owner']) {
      const bars = page.locator('section', { has: page.locator(`#missing-${logon}`) }).last().locator('.bars a');
      const found = await bars.evaluateAll((all) => Object.fromEntries(
        all.map((bar) => [bar.querySelector('.bar-name').textContent, Number(bar.querySelector('b').textContent)])));
      assert.deepEqual(found, Summary.Missing[logon]);
      const widths = await bars.evaluateAll((all) => all.map((bar) => [
        Number(bar.querySelector('b').textContent), parseFloat(bar.querySelector('.of').textContent.slice(3)),
        Number(bar.querySelector('rect').getAttribute('width'))]));
      for (const [many, of, width] of widths) assert.ok(Math.abs((many / of) * 100 - width) < 0.01, `${many} of ${of}: ${width}`);
      assert.match(await page.locator(`#missing-${logon} a`).textContent(), new RegExp(`^${Summary.WithGaps[logon]} of 60 `));
    }
    await page.locator('a[href="#logon=Delegate&action=Create"]').click();
    const expected = Mailboxes.filter((mailbox) => mailbox.NonAuditedDelegate.includes('Create')).map((mailbox) => mailbox.DisplayName);
    assert.deepEqual(await names(page), expected);
    assert.equal(await page.locator('#filters [name=action]').inputValue(), 'Create');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'list');
    await page.goBack();
    assert.equal(await count(page), '60 mailboxes');
  }));

  test('states, types, lists, bypass, age and new actions count what the JSON report says', () => look('tenant.html', '', {}, async (page) => {
    const { Mailboxes, Summary } = await json('tenant.json');
    const tiles = await page.locator('.tiles strong').allTextContents();
    assert.deepEqual(tiles.map(Number), ['Audited', 'Gap', 'NotAudited', 'Unknown'].map((state) => Summary.States[state]));
    const kinds = await page.locator('[aria-labelledby=kinds-title] tbody tr').evaluateAll((all) => all.map(
      (row) => [row.cells[0].textContent.trim(), ...[...row.cells].slice(1).map((cell) => Number(cell.textContent))]));
    for (const [kind, all, ...states] of kinds) {
      const these = Mailboxes.filter((mailbox) => mailbox.RecipientTypeDetails === kind);
      assert.equal(all, these.length);
      assert.deepEqual(states, ['Audited', 'Gap', 'NotAudited', 'Unknown'].map((state) => these.filter((one) => one.AuditState === state).length));
    }
    assert.equal(kinds.reduce((sum, [, all]) => sum + all, 0), 60);
    const managed = await page.locator('[aria-labelledby=managed-title] tbody tr').evaluateAll((all) => all.map(
      (row) => [row.cells[0].textContent.trim(), Number(row.cells[1].textContent), Number(row.cells[2].textContent)]));
    for (const [logon, microsoft, customised] of managed) {
      assert.equal(microsoft, Mailboxes.filter((mailbox) => mailbox.DefaultAuditSet.includes(logon)).length);
      assert.equal(customised, 60 - microsoft);
    }
    assert.equal(await page.locator('[aria-labelledby=ages-title] .bars').innerText(), '90 days\n60 of 60');
    assert.match(await page.locator('[aria-labelledby=unrecognised-title] .bars').innerText(), new RegExp(`^NewAction2027\n${Summary.Unrecognized} of 60`));
    // One of them has no mailbox here: a bypassed account is named all the same.
    const accounts = await page.locator('#accounts-table tbody tr').evaluateAll((all) => all.map((row) => [row.cells[0].textContent, Boolean(row.querySelector('a'))]));
    assert.deepEqual(accounts.filter(([, hasMailbox]) => !hasMailbox), [['svc-backup', false]]);
    assert.equal(accounts.length, 6);
  }));

  test('every link of the page lists as many mailboxes as it says', () => look('mixed.html', '', {}, async (page) => {
    const links = await page.locator('.tiles a, .bars a, .plain .num a, #accounts p a, .aside').evaluateAll((all) => all.map((link) => {
      const number = link.querySelector('strong, b') || link;
      return [link.getAttribute('href'), Number.parseInt(number.textContent, 10)];
    }));
    const counted = links.filter(([, number]) => !Number.isNaN(number));
    assert.ok(counted.length > 60);
    for (const [href, number] of counted) {
      await page.evaluate((address) => { location.hash = address; }, href);
      await page.waitForFunction((address) => location.hash === address, href);
      const text = await page.waitForFunction(() => document.getElementById('count').textContent).then((handle) => handle.jsonValue());
      assert.equal(Number.parseInt(text, 10), number, href);
    }
  }));
});

describe('the list', () => {
  test('search finds names, addresses and Guids, without case and accents', () => look('tenant.html', '', {}, async (page) => {
    for (const [words, expected] of [['MULLER 0', 'Anna Müller 0'], ['u1@contoso', "O'Brien, Pat 1"], ['00003dde', '=cmd|calc 2']]) {
      await search(page, words);
      assert.ok((await names(page)).includes(expected), words);
    }
    await search(page, 'nobody of that name');
    assert.equal(await count(page), '0 of 60 mailboxes');
    await page.locator('#reset').click();
    assert.equal(await count(page), '60 mailboxes');
  }));

  test('filters narrow, together, and stand in the address', () => look('tenant.html', '', {}, async (page) => {
    const { Mailboxes } = await json('tenant.json');
    const expect = async (test) => assert.deepEqual(await names(page), Mailboxes.filter(test).map((mailbox) => mailbox.DisplayName));
    await select(page, 'state', 'NotAudited');
    await expect((mailbox) => mailbox.AuditState === 'NotAudited');
    await select(page, 'type', 'RoomMailbox');
    await expect((mailbox) => mailbox.AuditState === 'NotAudited' && mailbox.RecipientTypeDetails === 'RoomMailbox');
    await select(page, 'state', '');
    await select(page, 'type', '');
    await select(page, 'logon', 'Owner');
    await select(page, 'action', 'Send');
    await expect((mailbox) => mailbox.NonAuditedOwner.includes('Send'));
    await select(page, 'logon', '');
    await expect((mailbox) => ['Admin', 'Delegate', 'Owner'].some((logon) => mailbox[`NonAudited${logon}`].includes('Send')));
    await select(page, 'bypass', 'yes');
    await select(page, 'action', '');
    await expect((mailbox) => mailbox.AuditBypassEnabled === true);
    await select(page, 'bypass', '');
    await select(page, 'managed', 'customised-Owner');
    await expect((mailbox) => !mailbox.DefaultAuditSet.includes('Owner'));
    assert.equal(new URL(page.url()).hash, '#managed=customised-Owner');
  }));

  test('ready-made views', () => look('tenant.html', '', {}, async (page) => {
    const { Mailboxes } = await json('tenant.json');
    const lacks = (mailbox, action, logons) => logons.some((logon) => mailbox[`NonAudited${logon}`].includes(action));
    const views = {
      'Bypassed accounts': (mailbox) => mailbox.AuditBypassEnabled,
      'Nothing audited': (mailbox) => mailbox.AuditState === 'NotAudited',
      'Owner cannot be traced': (mailbox) => lacks(mailbox, 'MailboxLogin', ['Owner']) || mailbox.AuditBypassEnabled,
      'Customised, defaults missing': (mailbox) => /customised/.test(mailbox.Remarks) && /lacks the defaults/.test(mailbox.Remarks),
      'Mail reading not recorded': (mailbox) => lacks(mailbox, 'MailItemsAccessed', ['Admin', 'Delegate', 'Owner']),
    };
    for (const [title, test] of Object.entries(views)) {
      const button = page.getByRole('button', { name: title, exact: true });
      await button.click();
      assert.equal(await button.getAttribute('aria-pressed'), 'true');
      const expected = Mailboxes.filter(test).map((mailbox) => mailbox.DisplayName);
      assert.ok(expected.length > 0 && expected.length < 60, title);
      assert.deepEqual(await names(page), expected, title);
    }
  }));

  test('what is not known is told beside every filter, and can be shown', () => look('unknown.html', 'view=nothing', {}, async (page) => {
    assert.match(await page.locator('#doubt').textContent(), /^Of 2 mailboxes more it is not known whether they belong here/);
    assert.deepEqual(await names(page), []);
    await page.getByRole('button', { name: 'Show them too' }).click();
    assert.equal((await names(page)).length, 2);
    assert.match(page.url(), /doubt=1/);
  }));

  test('sorting, the worst first, and back', () => look('tenant.html', '', {}, async (page) => {
    const numbers = () => page.locator('#rows tr td:nth-child(7) b').allTextContents().then((all) => all.map(Number));
    const header = page.locator('#columns th[data-key=Owner]');
    await header.locator('button').click();
    assert.equal(await header.getAttribute('aria-sort'), 'descending');
    assert.deepEqual(await numbers(), (await numbers()).sort((a, b) => b - a));
    await header.locator('button').click();
    assert.equal(await header.getAttribute('aria-sort'), 'ascending');
    assert.deepEqual(await numbers(), (await numbers()).sort((a, b) => a - b));
    await header.locator('button').click();
    assert.equal(await header.getAttribute('aria-sort'), null);
    await page.locator('#columns th[data-key=name] button').click();
    const folded = (await names(page)).map((name) => name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase());
    assert.deepEqual(folded, [...folded].sort((a, b) => (a < b ? -1 : 1)));
    await page.locator('#columns th[data-key=type] button').click();
    const kinds = await page.locator('#rows tr td:nth-child(2)').allTextContents();
    assert.deepEqual(kinds, [...kinds].sort());
    await page.locator('#columns th[data-key=state] button').click();
    assert.equal((await page.locator('#rows .badge').allTextContents())[0], 'Not audited at all');
  }));

  test('pages', () => look('many.html', '', {}, async (page) => {
    assert.equal(await count(page), '350 mailboxes');
    assert.equal((await names(page)).length, 100);
    await page.locator('#next').click();
    assert.equal((await names(page))[0], 'Person 100');
    assert.equal(await page.locator('#page').textContent(), 'Page 2 of 4');
    await page.locator('#last').click();
    assert.equal((await names(page)).length, 50);
    assert.equal(await page.locator('#next').isDisabled(), true);
    await page.locator('#first').click();
    assert.equal(await page.locator('#previous').isDisabled(), true);
    await search(page, 'Person 34');
    assert.equal(await page.locator('#pages').isVisible(), false);
  }));

  test('a link leads to the same list', () => look('many.html', 'q=person&sort=-name&page=3', {}, async (page) => {
    assert.equal(await page.locator('#page').textContent(), 'Page 3 of 4');
    assert.equal(await page.locator('#filters [name=q]').inputValue(), 'person');
    const shown = await names(page);
    assert.deepEqual(shown, [...shown].sort().reverse());
  }));

  test('a link that names what is not there says so', () => look('tenant.html', 'state=Clean&nonsense=1&logon=Owner', {}, async (page) => {
    assert.match(await page.locator('#failure').textContent(), /state=Clean, nonsense=1$/);
    assert.equal(await page.locator('#filters [name=logon]').inputValue(), 'Owner');
  }));

  test('only gaps: the list is short, the totals are not', () => look('only-gaps.html', '', {}, async (page) => {
    const { Mailboxes, Summary } = await json('default.json');
    assert.ok(Summary.States.Audited > 0);
    assert.equal(await page.locator('.tiles strong').first().textContent(), String(Summary.States.Audited));
    assert.match(await page.locator('#list').textContent(), /Mailboxes that are audited were left out of this list/);
    assert.deepEqual(await names(page), Mailboxes.filter((mailbox) => mailbox.AuditState !== 'Audited').map((mailbox) => mailbox.DisplayName));
  }));
});

describe('CSV', () => {
  const saved = async (page) => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#save').click()]);
    return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
  };

  for (const report of ['tenant', 'unknown', 'disabled', 'hostile', 'mixed']) {
    test(`of all of ${report} is the CSV report, byte for byte`, () => look(`${report}.html`, '', {}, async (page) => {
      const { name, text: csv } = await saved(page);
      assert.equal(name, 'non-audited.csv');
      assert.equal(csv, await text(`${report}.csv`));
    }));
  }

  test('of a filtered list has those mailboxes, in their order, defused', () => look('tenant.html', 'logon=Owner&action=Send&sort=-name', {}, async (page) => {
    const { text: csv } = await saved(page);
    const lines = csv.trimEnd().split('\r\n');
    assert.equal(lines.length - 1, (await names(page)).length);
    const whole = new Set((await text('tenant.csv')).split('\r\n'));
    assert.ok(lines.every((line) => whole.has(line)));
    assert.ok(lines.every((line) => !/^"?[=+@-]/.test(line)));
  }));
});

describe('one mailbox', () => {
  test('opens with the keyboard, shows each action, and gives the focus back', () => look('tenant.html', '', {}, async (page) => {
    const { Mailboxes } = await json('tenant.json');
    const first = page.locator('#rows .name').first();
    await first.focus();
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('#mailbox-title').textContent(), Mailboxes[0].DisplayName);
    const cells = await page.locator('.actions tbody tr').evaluateAll((all) => Object.fromEntries(
      all.map((row) => [row.cells[0].textContent, [...row.cells].slice(1).map((cell) => cell.className.split(' ')[1])])));
    ['Admin', 'Delegate', 'Owner'].forEach((logon, index) => {
      for (const action of Mailboxes[0][`NonAudited${logon}`]) assert.equal(cells[action][index], 'gap', `${action} ${logon}`);
      for (const action of Mailboxes[0][`Audit${logon}`]) assert.equal(cells[action][index], 'audited', `${action} ${logon}`);
    });
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#mailbox').isVisible(), false);
    assert.equal(await first.evaluate((button) => button === document.activeElement), true);
  }));

  test('has a link of its own', () => look('tenant.html', 'open=00000000-1111-4222-8333-000000000001', {}, async (page) => {
    assert.equal(await page.locator('#mailbox-title').textContent(), 'Anna Müller 0');
    await page.locator('#close').click();
    assert.equal(new URL(page.url()).hash, '');
  }));

  test('commands add exactly what is missing, and are copied', () => look('tenant.html', '', {}, async (page) => {
    const { Mailboxes } = await json('tenant.json');
    await page.locator('#rows .name').first().click();
    const add = await page.locator('#mailbox-body code').first().textContent();
    const parts = ['Admin', 'Delegate', 'Owner'].map((logon) => ` -Audit${logon} @{Add='${Mailboxes[0][`NonAudited${logon}`].join("','")}'}`);
    assert.equal(add, `Set-Mailbox -Identity '${Mailboxes[0].Guid}'${parts.join('')}`);
    await page.locator('#mailbox-body button').first().click();
    assert.equal(await page.locator('#copied').textContent(), 'The command was copied.');
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), add);
    const commands = await page.locator('#mailbox-body code').allTextContents();
    assert.ok(commands.includes(`Set-MailboxAuditBypassAssociation -Identity '${Mailboxes[0].Guid}' -AuditBypassEnabled $false`));
  }));

  test('of which nothing is known says so', () => look('unknown.html', '', {}, async (page) => {
    await page.locator('#rows .name').first().click();
    const body = await page.locator('#mailbox-body').textContent();
    assert.match(body, /Take it as not audited/);
    assert.match(body, /Get-EXOMailbox -Identity '[0-9a-f-]{36}' -PropertySets Minimum,Audit/);
    assert.equal(await page.locator('.cell.audited').count(), 0);
  }));
});

describe('hostile names', () => {
  test('stay text', () => look('hostile.html', '', {}, async (page) => {
    const { Mailboxes } = await json('hostile.json');
    assert.deepEqual(await names(page), Mailboxes.map((mailbox) => mailbox.DisplayName));
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    assert.equal(await page.locator('img, iframe, object, embed, form[action]').count(), 0);
    const accounts = await page.locator('#accounts-table tbody th').allTextContents();
    assert.ok(accounts.includes('</script><script>window.hacked = 1</script>'));
  }));

  test('and quotes stay inside of the commands', () => look('hostile.html', '', {}, async (page) => {
    const command = async (name) => {
      await page.locator('#rows .name').filter({ hasText: name }).first().click();
      const [found = null] = await page.locator('#mailbox-body code').allTextContents();
      const refused = await page.locator('#mailbox-body .unknown-text', { hasText: 'no name that is safe' }).count();
      await page.locator('#close').click();
      return { found, refused };
    };
    assert.match((await command('quoted')).found, /-Identity 'o''brien\u2019\u2019; Remove-Mailbox x; \u2018\u2018@contoso.example' /);
    assert.match((await command('has a Guid')).found, /-Identity '00000000-0000-4000-8000-000000000001' /);
    assert.deepEqual(await command('line end'), { found: null, refused: 1 });
  }));
});

describe('the past', () => {
  test('what changed has the changes of nam compare, the regressions first', () => look('past.html', '', {}, async (page) => {
    const { Changes, Summary } = await json('changes.json');
    const rows = await page.locator('.changes tbody tr').evaluateAll((all) => all.map(
      (row) => [Boolean(row.querySelector('.badge')), row.cells[1].querySelector('bdi').textContent, row.cells[2].textContent]));
    const name = (change) => change.DisplayName || 'The organisation';
    const sorted = (list) => [...list].map((row) => row.join('|')).sort();
    assert.deepEqual(sorted(rows), sorted(Changes.map((change) => [change.Regression, name(change), change.Text])));
    assert.deepEqual(rows.map(([worse]) => worse), Changes.map((change) => change.Regression).sort().reverse());
    const chips = (await page.locator('.chips li').allTextContents()).map((text) => Number.parseInt(text, 10));
    assert.equal(chips[0], Summary.Regressions);
    assert.equal(chips.slice(1).reduce((sum, count) => sum + count, 0), Summary.Changes);
    assert.match(await page.locator('#changes-title').textContent(), /since 2026-11-17 22:00:00 UTC/);
    await page.locator('.changes a').first().click();
    assert.equal(await page.locator('#mailbox-title').textContent(), await page.locator('.changes a').first().textContent());
  }));

  test('reports of other baselines and what is not known lie on no line', () => look('past.html', '', {}, async (page) => {
    const charts = await page.locator('figure').evaluateAll((all) => all.map((chart) => ({
      title: chart.querySelector('figcaption').firstChild.textContent,
      now: chart.querySelector('strong').textContent,
      lines: [...chart.querySelectorAll('polyline')].map((line) => line.getAttribute('points').split(' ').length),
      dots: [...chart.querySelectorAll('circle title')].map((dot) => dot.textContent),
      hollow: chart.querySelectorAll('.hollow').length,
    })));
    assert.deepEqual(charts.map((chart) => chart.title), ['With gaps', 'Not audited at all', 'Unknown', 'Accounts that bypass auditing']);
    // The second report has another baseline; in the third nobody knew who bypasses auditing.
    assert.deepEqual(charts[2].lines, [1, 1, 3]);
    assert.deepEqual(charts[2].dots, [
      '2026-10-27 22:00:00 UTC: 0', '2026-11-03 22:00:00 UTC: 0', '2026-11-10 22:00:00 UTC: 2', '2026-11-17 22:00:00 UTC: 0',
      '2026-11-23 09:00:00 UTC: 0',
    ]);
    assert.equal(charts[2].hollow, 1);
    assert.deepEqual(charts[3].lines, [1, 1, 2]);
    assert.equal(charts[3].dots.length, 4);
    await page.locator('#past summary').click();
    assert.match(await page.locator('#past tbody tr').nth(2).innerText(), /incomplete.*unknown$/s);
    assert.match(await page.locator('#past details').innerText(), /cut\.json/);
    assert.doesNotMatch(await page.locator('#past details').innerText(), /report\.csv/);
  }));

  test('nothing changed', () => look('same.html', '', {}, async (page) => {
    assert.match(await page.locator('#changes').textContent(), /Nothing changed\./);
    assert.equal(await page.locator('#past').count(), 0);
  }));

  test('an incomplete comparison says so, and its names stay text', () => look('hostile-past.html', '', {}, async (page) => {
    assert.match(await page.locator('#changes .note').textContent(), /The comparison is incomplete/);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    assert.ok((await page.locator('.changes tbody th').allTextContents()).some((name) => name.startsWith('</script><script>')));
  }));
});

describe('for everybody', () => {
  const check = async (page) => {
    await page.evaluate(AXE);
    const found = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
    const serious = found.violations.filter((violation) => ['serious', 'critical', 'moderate'].includes(violation.impact));
    assert.deepEqual(serious.map((violation) => [violation.id, violation.nodes.map((node) => node.html).slice(0, 3)]), []);
  };

  for (const colorScheme of ['light', 'dark']) {
    for (const report of ['tenant', 'unknown', 'disabled', 'past']) {
      test(`axe finds nothing in ${report}, ${colorScheme}`, () => look(`${report}.html`, '', { colorScheme }, async (page) => {
        await check(page);
        await page.getByRole('button', { name: 'Owner cannot be traced' }).click();
        await check(page);
        await page.evaluate(() => { location.hash = 'sort=-Owner'; });
        await page.locator('#rows .name').first().click();
        await check(page);
      }));
    }
  }

  test('narrow screens show all of it without scrolling sideways', () => look('tenant.html', '', { viewport: { width: 320, height: 640 } }, async (page) => {
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(await overflow() <= 0, `${await overflow()} too wide`);
    await page.locator('#rows .name').first().click();
    assert.ok(await page.evaluate(() => { const body = document.getElementById('mailbox-body'); return body.scrollWidth <= body.clientWidth; }));
  }));

  test('the keyboard alone reaches the list', () => look('tenant.html', '', {}, async (page) => {
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Bypassed accounts');
    await page.keyboard.press('Space');
    assert.notEqual(await count(page), '60 mailboxes');
  }));

  test('prints the filtered list, not its controls', () => look('many.html', '', {}, async (page) => {
    await page.emulateMedia({ media: 'print' });
    for (const hidden of ['#filters', '#views', '#save', 'nav >> nth=0']) assert.equal(await page.locator(hidden).isVisible(), false, hidden);
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    assert.equal((await names(page)).length, 350);
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    assert.equal((await names(page)).length, 100);
    assert.ok((await page.pdf({ format: 'A4' })).length > 20000);
  }));
});

test('the policy forbids all that is not the page itself', () => look('tenant.html', '', {}, async (page) => {
  const policy = await page.locator('meta[http-equiv=Content-Security-Policy]').getAttribute('content');
  assert.match(policy, /^default-src 'none'; script-src 'sha256-[A-Za-z0-9+/=]{44}'; style-src 'sha256-[A-Za-z0-9+/=]{44}';/);
  assert.ok(!policy.includes('unsafe'));
}));
