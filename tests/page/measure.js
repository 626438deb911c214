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
  let session;
  const { page, close } = await open(browser, process.argv[2], '', {}, async (fresh) => {
    session = await fresh.context().newCDPSession(fresh);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  });
  /** What the page's own thread has computed so far. */
  const computed = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration').value * 1000;
  };
  let before = 0;
  const take = async (title, act) => {
    const time = await page.evaluate(act);
    const after = await computed();
    times.set(title, [...(times.get(title) || []), [time, after - before]]);
    before = after;
  };
  // Counted from the moment when the browser began to open the file.
  await take('open', `${painted}.then(() => performance.now())`);
  for (const [title, act] of STEPS) {
    await take(title, `(async () => {
      const start = performance.now();
      ${act};
      await ${painted};
      return performance.now() - start;
    })()`);
  }
  await close();
}

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)].toFixed(0);
console.log(`| median of ${RUNS} runs in Chromium ${browser.version().split('.')[0]} | ms until painted | of them computed by the page |`);
console.log('|---|---:|---:|');
for (const [title, all] of times) {
  console.log(`| ${title} | ${median(all.map(([time]) => time))} | ${median(all.map(([, spent]) => spent))} |`);
}
await browser.close();
