'use strict';
// The list of mailboxes: filters, order, pages, one mailbox by itself, CSV. It sends nothing and loads nothing; texts of
// the tenant go into the page as text alone.
(() => {
  const LOGONS = ['Admin', 'Delegate', 'Owner'];
  const PAGE = 100;
  const PRINTED = 1000;
  const STATES = { Audited: 'Audited', Gap: 'With gaps', NotAudited: 'Not audited at all', Unknown: 'Unknown' };
  const CLASSES = { Audited: 'audited', Gap: 'gap', NotAudited: 'none', Unknown: 'unknown' };
  const WORST = { NotAudited: 3, Unknown: 2, Gap: 1, Audited: 0 };
  const REASONS = {
    NothingMissing: 'Nothing that was asked about is missing.',
    DefaultsMissing: 'Actions are missing that Microsoft audits by default.',
    OptionalMissing: 'Actions are missing that have to be added.',
    AccountBypassesAuditing: 'No action is missing, but what this account does is not recorded.',
    OrganizationAuditDisabled: 'The organisation has switched auditing off.',
    AuditNotEnabled: 'This type of mailbox is audited only with AuditEnabled, which is False.',
    ListsEmpty: 'All three lists are empty.',
    NotReadable: 'A property is missing or cannot be believed.',
    OrganizationUnknown: 'No action is missing, but whether the organisation audits was not read.',
    BypassUnknown: 'No action is missing, but whether the account bypasses auditing was not read.',
  };
  const NOT_READ = '-';

  const byId = (id) => document.getElementById(id);
  /** Digits in groups of three; the browser's own formatter takes longer to wake up than all else here. */
  const number = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

  /** Makes an element; texts become text, never markup. */
  function make(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value === true) element.setAttribute(key, '');
      else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined && child !== ''));
    return element;
  }

  let facts, note;
  /** What mailboxes have in common. */
  const profiles = [];
  /** Each mailbox: the number of its profile, its names, its Guid. */
  const rows = [];

  const profileOf = (row) => profiles[row[0]];
  const nameOf = (row) => row[1] || row[2] || row[3] || row[5] || row[4] || '(mailbox without a name)';
  const addressOf = (row) => (row[3] === null ? row[2] : row[3]);

  function read() {
    const json = (id) => JSON.parse(byId(id).textContent);
    facts = json('facts');
    note = json('note');
    for (const item of json('mailboxes')) (Array.isArray(item) ? rows : profiles).push(item);
    facts.index = new Map(facts.actions.map((action, index) => [action.name, index]));
    for (const profile of profiles) {
      profile.missing = LOGONS.map((_, logon) => (profile.gaps ? profile.gaps[logon].length : null));
      profile.asked = LOGONS.map((_, logon) => asked(profile, logon).length);
      profile.count = 0;
    }
    for (const row of rows) profileOf(row).count += 1;
  }

  const asked = (profile, logon) => (profile.platform ? facts.asked[profile.platform][logon] : []);

  // ---- What is shown. A test of a profile says true, false, or null where it is not known.

  /** Whether an action that can be recorded there is not recorded, asked about or not. */
  function unrecorded(profile, action, logons) {
    const index = facts.index.get(action);
    const status = index === undefined ? undefined : facts.actions[index].status[profile.platform];
    if (profile.platform === null || profile.audited === null) return null;
    if (!status) return false;
    return logons.some((logon) => {
      const possible = status[logon] === 'Default' || status[logon] === 'Optional';
      return possible && !profile.audited[logon].includes(index);
    });
  }

  function or(...tests) {
    if (tests.includes(true)) return true;
    return tests.includes(null) ? null : false;
  }

  const not = (test) => (test === null ? null : !test);

  const VIEWS = {
    bypassed: {
      title: 'Bypassed accounts',
      about: 'What these accounts do, in any mailbox, is not recorded. Accounts without a mailbox stand above the list.',
      test: (profile) => profile.bypass,
    },
    nothing: {
      title: 'Nothing audited',
      about: 'No action is recorded in these mailboxes, for anybody.',
      test: (profile) => (profile.state === 'Unknown' && profile.audited === null ? null : profile.state === 'NotAudited'),
    },
    owner: {
      title: 'Owner cannot be traced',
      about: 'The owner signs in unseen (MailboxLogin is not audited), or the account bypasses auditing.',
      test: (profile) => or(unrecorded(profile, 'MailboxLogin', [2]), profile.bypass),
    },
    defaults: {
      title: 'Customised, defaults missing',
      about: 'Somebody changed a list, and it lacks actions that Microsoft audits by default.',
      test: (profile) => {
        if (profile.audited === null) return null;
        return profile.managers.some((manager, logon) => manager === 'Customised' && profile.missingDefaults[logon].length > 0);
      },
    },
    reading: {
      title: 'Mail reading not recorded',
      about: 'MailItemsAccessed is not audited for some logon type, in mailboxes where it can be.',
      test: (profile) => unrecorded(profile, 'MailItemsAccessed', [0, 1, 2]),
    },
  };

  const FILTERS = {
    view: (profile, value) => VIEWS[value].test(profile),
    state: (profile, value) => profile.state === value,
    type: (profile, value) => profile.kind === (value === NOT_READ ? '' : value),
    bypass: (profile, value) => {
      if (value === 'unknown') return profile.bypass === null;
      return profile.bypass === null ? null : profile.bypass === (value === 'yes');
    },
    managed: (profile, value) => {
      const logon = LOGONS.indexOf(value.slice('customised-'.length));
      const tests = profile.managers.map((manager) => (manager === 'Unknown' ? null : manager === 'Customised'));
      if (logon >= 0) return tests[logon];
      return value === 'customised' ? or(...tests) : not(or(...profile.managers.map(
        (manager) => (manager === 'Unknown' ? null : manager !== 'Microsoft'))));
    },
    age: (profile, value) => profile.age === (value === NOT_READ ? '' : value),
    unrecognised: (profile, value) => profile.unrecognized.includes(value),
  };

  /** Missing for a logon type, an action, or both. */
  function testGaps(profile, logon, action) {
    if (!logon && !action) return true;
    if (!profile.gaps) return null;
    const gaps = logon ? [profile.gaps[LOGONS.indexOf(logon)]] : profile.gaps;
    return gaps.some((gap) => (action ? gap.includes(facts.index.get(action)) : gap.length > 0));
  }

  function testProfile(profile) {
    let result = testGaps(profile, state.logon, state.action);
    for (const [name, test] of Object.entries(FILTERS)) {
      if (result === false) return false;
      if (!state[name]) continue;
      const found = test(profile, state[name]);
      if (found === false) return false;
      if (found === null) result = null;
    }
    return result;
  }

  const plain = new Map();
  function plainOf(character) {
    let found = plain.get(character);
    if (found === undefined) {
      found = character.normalize('NFKD').replace(/\p{M}/gu, '');
      plain.set(character, found);
    }
    return found;
  }

  /** Without case and accents, so that `muller` finds Müller. */
  const fold = (text) => text.toLowerCase().replace(/[^\0-\x7f]/gu, plainOf);

  /** Of each row of texts one folded text. All are folded at once, which is faster. */
  function foldAll(texts) {
    return fold(texts.map((text) => (text.includes('\0') ? text.replaceAll('\0', ' ') : text)).join('\0')).split('\0');
  }

  let haystacks = null;
  const haystack = (row) => `${row[1]}\n${row[2]}\n${row[3] || ''}\n${row[4]}\n${row[5] || ''}`;

  /** The places of the rows that are shown, and how many might belong to them. */
  function find() {
    const tests = profiles.map(testProfile);
    const words = fold(state.q).split(/\s+/).filter(Boolean);
    if (words.length && !haystacks) haystacks = foldAll(rows.map(haystack));
    const found = [];
    let doubtful = 0;
    for (let at = 0; at < rows.length; at += 1) {
      const test = tests[rows[at][0]];
      if (test === false || (words.length && !words.every((word) => haystacks[at].includes(word)))) continue;
      if (test === null) {
        doubtful += 1;
        if (!state.doubt) continue;
      }
      found.push(at);
    }
    return { found, doubtful };
  }

  // ---- Order

  const COLUMNS = [
    { key: 'name', title: 'Mailbox' },
    { key: 'type', title: 'Type', class: 'wide-only' },
    { key: 'state', title: 'State', worst: (profile) => WORST[profile.state] },
    { key: 'bypass', title: 'Bypass', class: 'wide-only', worst: (profile) => (profile.bypass ? 2 : profile.bypass === null ? 1 : 0) },
    ...LOGONS.map((title, logon) => ({
      key: title, title, class: 'num', worst: (profile) => (profile.missing[logon] === null ? 999 : profile.missing[logon]),
    })),
  ];

  let nameRanks = null;
  function ranks(keys) {
    const order = keys.map((_, at) => at).sort((a, b) => (keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : a - b));
    const result = new Int32Array(keys.length);
    order.forEach((at, rank) => { result[at] = rank; });
    return result;
  }

  function sort(found) {
    const down = state.sort.startsWith('-');
    const column = COLUMNS.find(({ key }) => key === state.sort.replace(/^-/, ''));
    if (!column) return found;
    let rank;
    if (column.key === 'name') {
      nameRanks = nameRanks || ranks(foldAll(rows.map(nameOf)));
      rank = (at) => nameRanks[at];
    } else if (column.key === 'type') {
      const kinds = ranks(profiles.map((profile) => profile.kind));
      const first = new Map();
      profiles.forEach((profile, at) => {
        first.set(profile.kind, Math.min(kinds[at], first.get(profile.kind) ?? Infinity));
      });
      rank = (at) => first.get(profileOf(rows[at]).kind);
    } else {
      const values = profiles.map(column.worst);
      rank = (at) => values[rows[at][0]];
    }
    const order = new Int32Array(rows.length);
    for (const at of found) order[at] = down ? -rank(at) : rank(at);
    return found.sort((a, b) => order[a] - order[b] || a - b);
  }

  // ---- The address

  const EMPTY = {
    view: '', q: '', state: '', type: '', logon: '', action: '', bypass: '', managed: '', age: '', unrecognised: '',
    doubt: '', sort: '', page: 1, open: '',
  };
  let state = { ...EMPTY };
  let shown = [];

  /** Takes over what an address says; what it says wrongly is told and left out. */
  function fromAddress(text) {
    const wanted = new URLSearchParams(text);
    const wrong = [];
    const next = { ...EMPTY };
    for (const [key, value] of wanted) {
      if (key === 'page') next.page = Math.max(1, Number.parseInt(value, 10) || 1);
      else if (key in EMPTY && isChoice(key, value)) next[key] = value;
      else wrong.push(`${key}=${value}`);
    }
    state = next;
    fail(wrong.length ? `The address names what this report does not have, so it was left out: ${wrong.join(', ')}` : '');
  }

  function isChoice(key, value) {
    if (key === 'view') return Object.hasOwn(VIEWS, value);
    if (key === 'sort') return COLUMNS.some((column) => column.key === value.replace(/^-/, ''));
    const select = byId('filters').elements[key];
    return !select || select.type === 'search' || [...select.options].some((option) => option.value === value);
  }

  function toAddress() {
    const address = new URLSearchParams();
    for (const [key, value] of Object.entries(state)) {
      if (value !== EMPTY[key]) address.set(key, value);
    }
    const text = address.toString();
    try {
      history.replaceState(null, '', text ? `#${text}` : location.pathname + location.search);
    } catch {
      // Where the address cannot be changed, the list works all the same.
    }
  }

  function change(changes) {
    state = { ...state, page: 1, ...changes };
    toAddress();
    show();
  }

  function fail(text) {
    byId('failure').textContent = text;
    byId('failure').hidden = !text;
  }

  // ---- The list

  function show() {
    const { found, doubtful } = find();
    shown = sort(found);
    const pages = Math.max(1, Math.ceil(shown.length / PAGE));
    state.page = Math.min(state.page, pages);
    const from = (state.page - 1) * PAGE;
    fill(shown.slice(from, from + PAGE));
    showFilters();

    const all = rows.length;
    const count = shown.length === all ? `${number(all)} mailboxes` : `${number(shown.length)} of ${number(all)} mailboxes`;
    byId('count').textContent = count;
    const doubt = byId('doubt');
    doubt.hidden = doubtful === 0;
    const button = make('button', { type: 'button', class: 'link' }, state.doubt ? 'Leave them out' : 'Show them too');
    button.addEventListener('click', () => change({ doubt: state.doubt ? '' : '1' }));
    const one = doubtful === 1;
    doubt.replaceChildren(
      `Of ${number(doubtful)} ${one ? 'mailbox' : 'mailboxes'}${state.doubt ? ' among these' : ' more'} it is not known whether ` +
        `${one ? 'it belongs' : 'they belong'} here. `,
      button,
    );
    byId('pages').hidden = pages === 1;
    byId('page').textContent = `Page ${number(state.page)} of ${number(pages)}`;
    for (const [id, off] of Object.entries({ first: 1, previous: 1, next: pages, last: pages })) {
      byId(id).disabled = state.page === off;
    }
    byId('last').dataset.page = pages;
  }

  function fill(places) {
    byId('rows').replaceChildren(...places.map((at) => rowOf(at)));
    if (!places.length) {
      const text = rows.length ? 'No mailbox is known to match.' : 'There is no mailbox in this list.';
      byId('rows').append(make('tr', {}, make('td', { colspan: COLUMNS.length, class: 'muted' }, text)));
    }
  }

  function rowOf(at) {
    const row = rows[at];
    const profile = profileOf(row);
    const name = make('button', { type: 'button', class: 'link name' }, make('bdi', {}, nameOf(row)));
    const address = row[2] || addressOf(row);
    const element = make('tr', {},
      make('th', { scope: 'row' }, name,
        make('span', { class: 'muted sub' }, make('bdi', {}, address === nameOf(row) ? '' : address)),
        make('span', { class: 'muted sub narrow-only' }, make('bdi', {}, profile.kind || 'type not read'))),
      make('td', { class: 'wide-only' }, make('bdi', {}, profile.kind || 'not read')),
      make('td', {}, badge(profile.state)),
      make('td', { class: 'wide-only' }, bypassText(profile)),
      ...LOGONS.map((_, logon) => missingCell(profile, logon)));
    element.addEventListener('click', () => open(at, name));
    return element;
  }

  const badge = (value) => make('span', { class: `badge ${CLASSES[value]}` }, STATES[value]);

  function bypassText(profile) {
    if (profile.bypass) return make('strong', { class: 'bad-text' }, 'Bypasses');
    return profile.bypass === null ? make('span', { class: 'unknown-text' }, 'Unknown') : make('span', { class: 'muted' }, 'No');
  }

  function missingCell(profile, logon) {
    const missing = profile.missing[logon];
    if (missing === null) return make('td', { class: 'num unknown-text' }, 'Unknown');
    if (profile.asked[logon] === 0) return make('td', { class: 'num muted' }, 'not asked');
    return make('td', { class: `num${missing ? '' : ' muted'}` }, make('b', {}, String(missing)),
      make('span', { class: 'of' }, ` of ${profile.asked[logon]}`));
  }

  // ---- Filters

  function option(value, text, count) {
    return make('option', { value }, count === undefined ? text : `${text} (${number(count)})`);
  }

  function counted(key) {
    const counts = new Map();
    for (const profile of profiles) counts.set(profile[key], (counts.get(profile[key]) || 0) + profile.count);
    return [...counts].sort((a, b) => b[1] - a[1]);
  }

  function buildFilters() {
    const form = byId('filters');
    const states = new Map(counted('state'));
    const kinds = counted('kind');
    const bypasses = new Map(counted('bypass'));
    const logons = LOGONS.filter((_, logon) => Object.values(facts.asked).some((sets) => sets[logon].length));
    const actions = facts.actions.filter((_, index) => Object.values(facts.asked).flat().some((set) => set.includes(index)));
    const choices = {
      state: [option('', 'Any'), ...Object.keys(STATES).map((key) => option(key, STATES[key], states.get(key) || 0))],
      type: [option('', 'Any'), ...kinds.map(([kind, count]) => option(kind || NOT_READ, kind || 'not read', count))],
      logon: [option('', 'Anybody'), ...logons.map((logon) => option(logon, logon))],
      action: [option('', 'Any'), ...actions.map((action) => option(action.name, action.name))],
      bypass: [
        option('', 'Any'),
        option('yes', 'Bypasses', bypasses.get(true) || 0),
        option('no', 'Does not', bypasses.get(false) || 0),
        option('unknown', 'Unknown', bypasses.get(null) || 0),
      ],
      managed: [
        option('', 'Any'),
        option('managed', 'All managed by Microsoft'),
        option('customised', 'Customised'),
        ...LOGONS.map((logon) => option(`customised-${logon}`, `Customised for ${logon}`)),
      ],
    };
    for (const [name, options] of Object.entries(choices)) form.elements[name].replaceChildren(...options);
    form.addEventListener('input', (event) => change({ [event.target.name]: event.target.value }));
    form.addEventListener('submit', (event) => event.preventDefault());

    for (const [key, view] of Object.entries(VIEWS)) {
      const button = make('button', { type: 'button', class: 'view', 'data-view': key }, view.title);
      button.addEventListener('click', () => {
        const next = state.view === key ? '' : key;
        change({ ...EMPTY, sort: state.sort, view: next });
      });
      byId('views').append(button);
    }
    byId('views').after(make('p', { id: 'view-about', class: 'muted' }));

    for (const column of COLUMNS) {
      const button = make('button', { type: 'button', class: 'sort' }, column.title);
      button.addEventListener('click', () => {
        // The worst comes first, names begin with A.
        const first = column.worst ? `-${column.key}` : column.key;
        const second = column.worst ? column.key : `-${column.key}`;
        change({ sort: { [first]: second, [second]: '' }[state.sort] ?? first });
      });
      byId('columns').append(make('th', { scope: 'col', class: column.class, 'data-key': column.key }, button));
    }
  }

  function showFilters() {
    const form = byId('filters');
    for (const element of form.elements) {
      if (element.name && element.value !== state[element.name]) element.value = state[element.name];
    }
    for (const button of byId('views').children) {
      button.setAttribute('aria-pressed', String(button.dataset.view === state.view));
    }
    const about = byId('view-about');
    const more = [];
    if (state.view) more.push(VIEWS[state.view].about);
    if (state.age) more.push(`Only with AuditLogAgeLimit ${state.age === NOT_READ ? 'not read' : state.age}.`);
    if (state.unrecognised) more.push(`Only those that list ${state.unrecognised}.`);
    about.textContent = more.join(' ');
    about.hidden = more.length === 0;
    const plain = Object.keys(EMPTY).every((key) => ['page', 'sort', 'open'].includes(key) || !state[key]);
    byId('reset').disabled = plain;
    for (const header of byId('columns').children) {
      const key = header.dataset.key;
      const order = { [key]: 'ascending', [`-${key}`]: 'descending' }[state.sort];
      if (order) header.setAttribute('aria-sort', order);
      else header.removeAttribute('aria-sort');
    }
  }

  // ---- One mailbox

  let opener = null;

  function open(at, from) {
    const row = rows[at];
    const profile = profileOf(row);
    opener = from;
    state.open = row[4] || `n${at}`;
    toAddress();
    byId('mailbox-title').replaceChildren(make('bdi', {}, nameOf(row)));
    byId('mailbox-body').replaceChildren(summaryOf(row, profile), ...remarksOf(profile), fixesOf(row, profile), actionsOf(profile));
    byId('mailbox').showModal();
    byId('mailbox-body').scrollTop = 0;
  }

  function summaryOf(row, profile) {
    const list = make('dl', { class: 'facts' });
    const line = (title, ...value) => list.append(make('div', {}, make('dt', {}, title), make('dd', {}, ...value)));
    const text = (value) => make('bdi', {}, value || 'not read');
    const yes = (value) => (value === null ? make('span', { class: 'unknown-text' }, 'Unknown') : value ? 'True' : 'False');
    line('State', badge(profile.state), ' ', REASONS[profile.reason] || profile.reason);
    line('Bypass', profile.bypass
      ? make('strong', { class: 'bad-text' }, 'This account bypasses auditing: what it does, in any mailbox, is not recorded.')
      : profile.bypass === null ? make('span', { class: 'unknown-text' }, 'Unknown') : 'The account does not bypass auditing.');
    line('Signs in as', text(row[2]));
    if (row[3] !== null) line('Address', text(row[3]));
    line('Guid', make('span', { class: 'mono' }, row[4] || 'not read'));
    line('Type', text(profile.kind));
    line('AuditEnabled', yes(profile.enabled));
    line('Managed by Microsoft', profile.managed === '-' ? 'None' : profile.managed.replaceAll(',', ', '));
    line('AuditLogAgeLimit', text(profile.age));
    return list;
  }

  function remarksOf(profile) {
    if (!profile.remarks) return [];
    return [make('h3', {}, 'Remarks'),
      make('ul', { class: 'remarks' }, ...profile.remarks.split('; ').map((text) => make('li', {}, make('bdi', {}, text))))];
  }

  /** What is known of an action for a logon type: the class, the words, and what else to know. */
  function cellOf(profile, index, logon) {
    const status = (facts.actions[index].status[profile.platform] || [])[logon] || 'NotAvailable';
    const isIn = (sets) => sets !== null && sets[logon].includes(index);
    if (profile.audited === null) return ['unknown', 'Unknown'];
    if (isIn(profile.gaps)) {
      return ['gap', 'Not audited', isIn(profile.listed) ? 'listed, without effect' : status === 'Default' ? 'a default' : ''];
    }
    if (isIn(profile.notLicensed)) return ['off', 'Not audited', 'may need Audit (Premium)'];
    if (isIn(profile.audited)) return status === 'Default' || status === 'Optional' || status === 'Unsettled'
      ? ['audited', 'Audited'] : ['off', 'Listed', 'has no effect'];
    if (status === 'Default' || status === 'Optional') return ['off', 'Not audited', 'not asked about'];
    return ['off', status === 'Unsettled' ? 'Unsettled' : '\u2013', ''];
  }

  function actionsOf(profile) {
    const section = make('section', {}, make('h3', {}, 'Actions'));
    if (profile.audited === null) {
      section.append(make('p', { class: 'unknown-text' }, 'What is audited in this mailbox could not be told. Take it as not audited.'));
      return section;
    }
    const body = make('tbody', {});
    facts.actions.forEach((action, index) => {
      const cells = LOGONS.map((_, logon) => cellOf(profile, index, logon));
      if (cells.every(([, words]) => words === '\u2013')) return;
      body.append(make('tr', {}, make('th', { scope: 'row', title: action.summary }, action.name),
        ...cells.map(([style, words, more]) => make('td', { class: `cell ${style}` },
          words === '\u2013' ? make('span', { class: 'muted', title: 'Exchange cannot audit it here' }, words) : words,
          more ? make('span', { class: 'muted sub' }, more) : ''))));
    });
    if (profile.unrecognized.length) {
      section.append(make('p', {}, 'Listed too, and newer than the catalogue: ', make('bdi', {}, profile.unrecognized.join(', '))));
    }
    const head = make('tr', {}, make('th', { scope: 'col' }, 'Action'), ...LOGONS.map((logon) => make('th', { scope: 'col' }, logon)));
    section.append(make('table', { class: 'plain actions' }, make('thead', {}, head), body));
    return section;
  }

  function fixesOf(row, profile) {
    const section = make('section', {}, make('h3', {}, 'What would fix it'));
    if (!profile.fixes.length) {
      section.append(make('p', { class: 'muted' }, 'Nothing to do.'));
      return section;
    }
    const who = identity(row);
    for (const fix of profile.fixes) {
      section.append(make('p', {}, fix.about));
      if (who === null && fix.command.includes('{identity}')) {
        section.append(make('p', { class: 'unknown-text' },
          'This mailbox has no Guid, and no name that is safe in a command: look it up in Exchange.'));
        continue;
      }
      const command = fix.command.replaceAll('{identity}', () => who);
      const copy = make('button', { type: 'button', 'aria-label': `Copy the command: ${fix.about}` }, 'Copy');
      copy.addEventListener('click', () => copyText(command, copy));
      section.append(make('div', { class: 'command' }, make('pre', { tabindex: '0' }, make('code', {}, ...parameters(command))), copy));
    }
    return section;
  }

  /** A command in parts, so that lines break between its parameters where they can. */
  const parameters = (command) => command.split(/(?= -[A-Z])/).map((part) => make('span', {}, part));

  /** The mailbox as PowerShell takes it: by its Guid, as names and addresses may move on to somebody else. */
  function identity(row) {
    if (row[4]) return quoted(row[4]);
    // Characters that cannot be seen, or that end a line, have no place in a command.
    const names = [row[2], addressOf(row), row[5], row[1]];
    const safe = names.find((name) => name && !/[\p{C}\p{Zl}\p{Zp}]/u.test(name));
    return safe ? quoted(safe) : null;
  }

  /** PowerShell takes typographic quotes for quotes too. */
  const quoted = (text) => `'${text.replace(/['\u2018-\u201b]/g, '$&$&')}'`;

  async function copyText(text, button) {
    let done = false;
    try {
      await navigator.clipboard.writeText(text);
      done = true;
    } catch {
      const code = button.parentElement.querySelector('code');
      getSelection().selectAllChildren(code);
      done = document.execCommand('copy');
    }
    button.textContent = done ? 'Copied' : 'Press Ctrl+C';
    byId('copied').textContent = done ? 'The command was copied.' : 'The command is selected: press Ctrl+C.';
    setTimeout(() => { button.textContent = 'Copy'; byId('copied').textContent = ''; }, 2000);
  }

  function openFromAddress() {
    if (!state.open || byId('mailbox').open) return;
    const at = rows.findIndex((row, index) => (row[4] || `n${index}`) === state.open);
    if (at >= 0) open(at, null);
    else fail('The mailbox that the address names is not in this report.');
  }

  // ---- CSV, as the core writes it

  function cell(text) {
    const safe = /^[=+\-@\t\r]/.test(text) && text !== '-' ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  }

  const line = (cells) => `${cells.map(cell).join(',')}\r\n`;
  const truth = (value) => (value === null ? 'Unknown' : value ? 'True' : 'False');

  function csv() {
    const parts = ['\ufeff', line(facts.columns)];
    const noteLine = (text, filler, value) => line(facts.columns.map((column) => {
      if (column === 'Display Name' || column === 'Remarks') return text;
      if (column === 'Audit State') return value;
      return ['Owner', 'Admin', 'Delegate', 'Audit By Pass Enabled'].includes(column) ? filler : '-';
    }));
    const tails = new Map();
    const tail = (profile) => {
      if (!tails.has(profile)) {
        const names = (logon) => (profile.gaps === null ? 'Unknown'
          : profile.gaps[logon].map((index) => facts.actions[index].name).join(',') || '-');
        tails.set(profile, [
          [truth(profile.bypass), profile.managed, names(2), names(0), names(1)],
          [profile.kind, profile.state, profile.reason, truth(profile.enabled), profile.age || '-',
            profile.unrecognized.join(',') || '-', profile.remarks || '-'],
        ]);
      }
      return tails.get(profile);
    };
    if (facts.firstNote) parts.push(noteLine(facts.firstNote, '-', 'NotAudited'));
    for (const at of shown) {
      const row = rows[at];
      const [classic, more] = tail(profileOf(row));
      parts.push(line([row[1], ...classic, row[2], addressOf(row), row[4], ...more]));
    }
    if (note) parts.push(noteLine(note, 'Unknown', 'Unknown'));
    return parts;
  }

  function save() {
    const url = URL.createObjectURL(new Blob(csv(), { type: 'text/csv;charset=utf-8' }));
    make('a', { href: url, download: 'non-audited.csv' }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  }

  // ---- Beginning

  /** Which of the accounts above have a mailbox in the list. */
  function linkAccounts() {
    const table = byId('accounts-table');
    if (!table) return;
    const guids = new Set(rows.filter((row) => profileOf(row).bypass).map((row) => row[4]));
    for (const row of table.tBodies[0].rows) {
      const guid = row.cells[1].textContent;
      if (guid && guids.has(guid)) row.cells[1].replaceChildren(make('a', { href: `#bypass=yes&open=${guid}` }, guid));
    }
  }

  function toList() {
    byId('list').scrollIntoView();
    byId('list').focus({ preventScroll: true });
  }

  function follow() {
    const address = location.hash.slice(1);
    // An anchor of the page leaves the list as it is.
    if (address && !address.includes('=')) return;
    fromAddress(address);
    show();
    if (address) toList();
    openFromAddress();
  }

  function begin() {
    try {
      read();
    } catch (error) {
      fail(`The list cannot be shown: the file was changed or cut off. Make the report again. (${error.message})`);
      return;
    }
    buildFilters();
    linkAccounts();
    byId('app').hidden = false;
    follow();
    addEventListener('hashchange', follow);
    byId('reset').addEventListener('click', () => change({ ...EMPTY, sort: state.sort }));
    byId('save').addEventListener('click', save);
    const goTo = (page) => { change({ page }); byId('table').scrollIntoView({ block: 'nearest' }); };
    byId('first').addEventListener('click', () => goTo(1));
    byId('previous').addEventListener('click', () => goTo(state.page - 1));
    byId('next').addEventListener('click', () => goTo(state.page + 1));
    byId('last').addEventListener('click', () => goTo(Number(byId('last').dataset.page)));
    const dialog = byId('mailbox');
    byId('close').addEventListener('click', () => dialog.close());
    dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener('close', () => {
      state.open = '';
      toAddress();
      if (opener) opener.focus();
    });
    addEventListener('beforeprint', () => {
      fill(shown.slice(0, PRINTED));
      byId('printed').textContent = shown.length > PRINTED
        ? `The first ${number(PRINTED)} of ${number(shown.length)} mailboxes; the CSV has all of them.` : '';
    });
    addEventListener('afterprint', show);
  }

  begin();
})();
