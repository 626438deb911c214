// How long a page takes to open and to filter: `cargo bench --bench page` runs it.
import { launch, open } from './browser.js';

const RUNS = 5;

/** Until what was done is painted. */
const painted = `new Promise((done) => requestAnimationFrame(() => setTimeout(done)))`;

const input = (name, value) => `{
  const element = document.querySelector('#filters [name=${name}]');
  element.value = '${value}';
  element.dispatchEvent(new InputEvent('input', { bubbles: true }));
}`;
const click = (selector) => `document.querySelector('${selector}').click()`;

const STEPS = [
  ['filter by state', input('state', 'Gap')],
  ['filter by a missing action', input('action', 'MailItemsAccessed')],
  ['clear the filters', click('#reset')],
  ['search, the first time', input('q', 'muller 99')],
  ['search for something else', input('q', 'u77')],
  ['clear the filters', click('#reset')],
  ['sort by what the owner lacks', click('#columns th[data-key=Owner] button')],
  ['sort by name, the first time', click('#columns th[data-key=name] button')],
  ['a ready-made view, sorted by name', click('[data-view=owner]')],
];

const browser = await launch();
const times = new Map();
for (let run = 0; run < RUNS; run += 1) {
  const { page, close } = await open(browser, process.argv[2]);
  const take = (title, time) => times.set(title, [...(times.get(title) || []), time]);
  // Counted from the moment when the browser began to open the file.
  take('open, until the list is painted', await page.evaluate(`${painted}.then(() => performance.now())`));
  for (const [title, act] of STEPS) {
    take(title, await page.evaluate(`(async () => {
      const start = performance.now();
      ${act};
      await ${painted};
      return performance.now() - start;
    })()`));
  }
  await close();
}
await browser.close();

console.log(`| ${RUNS} runs in Chromium ${browser.version()} | median ms | slowest ms |\n|---|---:|---:|`);
for (const [title, all] of times) {
  const sorted = all.sort((a, b) => a - b);
  console.log(`| ${title} | ${sorted[Math.floor(sorted.length / 2)].toFixed(0)} | ${sorted.at(-1).toFixed(0)} |`);
}
