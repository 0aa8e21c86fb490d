/*
 * The script of report.html, as the browser gets it: no module, no address to load from, and text of findings only ever as text
 * content. The data and how its rows read are in report-data.ts, the words in report-words.ts.
 */
(() => {
  'use strict';

  const data = JSON.parse(document.getElementById('data').textContent);
  const allWords = JSON.parse(document.getElementById('words').textContent);
  const byId = (id) => document.getElementById(id);
  /** Findings, or rows of a list, that are shown before somebody asks for more. */
  const PAGE = 50;
  /** Worst first, over several accounts and Regions: nothing known is worse than protected. */
  const WORST_FIRST = ['observed', 'exposed', 'blind', 'no-evidence', 'detectable', 'protected'].map((state) =>
    data.states.indexOf(state),
  );
  const OPEN_STATES = new Set(['observed', 'exposed'].map((state) => data.states.indexOf(state)));

  let language = data.language;
  let words = allWords[language];
  const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  const inLanguage = (english, spanish) => (language === 'es' ? spanish : english);

  const techniques = data.techniques.map((row, index) => {
    const [id, en, es, isCloud, platforms, tactics, mitigations, controls, unlinked, blind, state, runs] = row;
    const states = [];
    for (let at = 0; at < runs.length; at += 2) for (let n = 0; n < runs[at + 1]; n += 1) states.push(runs[at]);
    const parent = id.includes('.') ? id.slice(0, id.indexOf('.')) : undefined;
    const names = { en, es };
    return {
      index,
      id,
      names,
      isCloud,
      platforms,
      tactics,
      mitigations,
      controls,
      unlinked,
      blind,
      state,
      states,
      parent,
    };
  });
  const techniqueById = new Map(techniques.map((technique) => [technique.id, technique]));
  const tacticIndex = new Map(data.tactics.map(([id], index) => [id, index]));
  const subTechniques = new Map(techniques.map(({ id }) => [id, techniques.filter(({ parent }) => parent === id)]));
  const resourceName = (index) => data.heads[data.resources[index][0]] + data.resources[index][1];

  const sources = data.sources.map(([place, rule, severity, title, head, tail, resources, links]) => ({
    place,
    rule,
    severity,
    title: data.titles[title],
    id: data.heads[head] + tail,
    resources,
    links: links.map((own) => {
      const [technique, tactics, isSuppressed] = Array.isArray(own) ? own : [own, 0, 0];
      return { technique, tactics: tactics || techniques[technique].tactics, isSuppressed: Boolean(isSuppressed) };
    }),
  }));
  const searchable = new Map();
  const textOf = (source) => {
    if (!searchable.has(source)) {
      const [provider, ruleKey] = data.rules[source.rule];
      const names = source.resources.map(resourceName);
      const parts = [
        source.title,
        source.id,
        ruleKey,
        ...data.providers[provider],
        ...data.places[source.place],
        ...names,
      ];
      searchable.set(source, parts.join('\n').toLowerCase());
    }
    return searchable.get(source);
  };

  // ── Filters ───────────────────────────────────────────────────────────────────────────────────────────────────────

  const FILTERS = ['search', 'account', 'region', 'provider', 'severity', 'platform', 'adversary', 'state'];
  const valueOf = (name) => byId(name).value;

  function chosen() {
    const [account, region] = [valueOf('account'), valueOf('region')];
    const severity = valueOf('severity');
    return {
      search: valueOf('search').trim().toLowerCase(),
      provider: valueOf('provider') === '' ? undefined : Number(valueOf('provider')),
      severity: severity === '' ? undefined : Number(severity),
      platform: valueOf('platform') === '' ? undefined : Number(valueOf('platform')),
      adversary: valueOf('adversary') === '' ? undefined : data.adversaries[Number(valueOf('adversary'))],
      state: valueOf('state') === '' ? undefined : Number(valueOf('state')),
      openOnly: byId('open-only').checked,
      places:
        account === '' && region === ''
          ? undefined
          : new Set(
              data.places.flatMap(([ownAccount, ownRegion], index) =>
                (account === '' || ownAccount === account) && (region === '' || ownRegion === region) ? [index] : [],
              ),
            ),
    };
  }

  const techniqueText = ({ id, names }) => `${id} ${names.en} ${names.es}`.toLowerCase();

  /** The sources and techniques of a choice, counted by tactic and technique. */
  function count(filter) {
    const cells = new Map();
    const total = { pairs: new Set(), techniques: new Set() };
    const tactics = data.tactics.map(() => ({ pairs: new Set(), techniques: new Set() }));
    const found = techniques.map(
      (technique) => filter.search !== '' && techniqueText(technique).includes(filter.search),
    );
    for (const source of sources) {
      if (filter.places && !filter.places.has(source.place)) continue;
      if (filter.provider !== undefined && data.rules[source.rule][0] !== filter.provider) continue;
      if (filter.severity !== undefined && source.severity < filter.severity) continue;
      const isFound = filter.search !== '' && textOf(source).includes(filter.search);
      for (const { technique, tactics: own, isSuppressed } of source.links) {
        if (filter.search !== '' && !isFound && !found[technique]) continue;
        for (const tactic of own) {
          const key = `${tactic}/${technique}`;
          const cell = cells.get(key) ?? { pairs: new Set(), severity: -1, findings: [], suppressed: [] };
          cells.set(key, cell);
          if (isSuppressed) {
            cell.suppressed.push(source);
            continue;
          }
          cell.findings.push(source);
          cell.severity = Math.max(cell.severity, source.severity);
          for (const resource of source.resources) {
            const pair = `${technique}/${data.places[source.place][0]}/${resource}`;
            cell.pairs.add(pair);
            tactics[tactic].pairs.add(pair);
            total.pairs.add(pair);
          }
          tactics[tactic].techniques.add(technique);
          total.techniques.add(technique);
        }
      }
    }
    return { cells, tactics, total, found };
  }

  const worst = (states) => WORST_FIRST.find((state) => states.includes(state)) ?? data.states.indexOf('no-evidence');
  const hasOwnWord = (technique) =>
    technique.unlinked === 0 ||
    technique.unlinked[0] !== 'through-sub-techniques' ||
    subTechniques.get(technique.id).length === 0;

  /** The state of a technique in the chosen accounts and Regions; as it was worked out for all of them otherwise. */
  function stateOf(technique, filter) {
    if (!filter.places) return technique.state;
    return worst(
      [...filter.places].filter((place) => place < data.placesWithStates).map((place) => technique.states[place]),
    );
  }

  const familyOf = (technique) => [...(hasOwnWord(technique) ? [technique] : []), ...subTechniques.get(technique.id)];

  // ── The matrix ────────────────────────────────────────────────────────────────────────────────────────────────────

  const cells = [...document.querySelectorAll('#matrix button[data-technique]')].map((button) => ({
    button,
    item: button.parentElement,
    technique: techniqueById.get(button.dataset.technique),
    tactic: tacticIndex.get(button.dataset.tactic),
    details: button.nextElementSibling,
    /** What the page said before any filter: counts of everything, also of what is not listed here. */
    pairs: Number(button.querySelector('.vm-ct').textContent),
    severity: data.severities.findIndex((label) => button.classList.contains(`vm-${label}`)),
  }));
  const columns = [...document.querySelectorAll('#matrix li[data-tactic]')];
  const columnSums = columns.map((column) => column.querySelector('.vm-sum').textContent.match(/\d+/g).map(Number));
  const cellOf = (technique, tactic) => cells.find((cell) => cell.technique === technique && cell.tactic === tactic);

  let filter = chosen();
  let counted = count(filter);

  const isCounting = () =>
    filter.search !== '' ||
    filter.provider !== undefined ||
    filter.severity !== undefined ||
    filter.places !== undefined;

  function paint() {
    filter = chosen();
    counted = count(filter);
    const steps = filter.adversary && new Set(filter.adversary[3]);
    const counting = isCounting();
    let shown = 0;
    for (const cell of [...cells].reverse()) {
      const { technique, tactic, button, item } = cell;
      const own = counted.cells.get(`${tactic}/${technique.index}`);
      const family = cell.details
        ? [...cell.details.querySelectorAll('button')].map((sub) => cells[cellAt.get(sub)])
        : [];
      const pairs = counting ? (own?.pairs.size ?? 0) : cell.pairs;
      const ownSeverity = own?.findings.length ? own.severity : -1;
      const severity = counting ? Math.max(ownSeverity, ...family.map((sub) => sub.shownSeverity), -1) : cell.severity;
      const states = [...(hasOwnWord(technique) || family.length === 0 ? [stateOf(technique, filter)] : [])];
      const state = worst([...states, ...family.map((sub) => sub.shownState)]);
      cell.shownSeverity = severity;
      cell.shownState = state;

      const severityWord = severity < 0 ? say('nothingOpen') : words.severities[severity];
      const name = technique.names[language];
      const stateWord = words.states[state];
      button.className = `vm-c vm-s-${data.states[state]}${severity < 0 ? '' : ` vm-${data.severities[severity]}`}`;
      button.classList.toggle('is-step', Boolean(steps?.has(technique.index)));
      button.classList.toggle('is-dim', Boolean(steps && !steps.has(technique.index)));
      button.title = `${technique.id} ${name}: ${stateWord}, ${severityWord}`;
      button.querySelector('.vm-sg').textContent = words.signs[state];
      button.querySelector('.vm-ct').textContent = pairs > 0 ? ` ${pairs}` : '';
      button.querySelector('.vm-n').textContent = technique.parent ? name.slice(name.indexOf(': ') + 1).trim() : name;
      button.querySelector('.vm-h').textContent = ` ${stateWord}, ${severityWord}`;

      const isFound = filter.search === '' || counted.found[technique.index] || Boolean(own);
      const isWanted =
        isFound &&
        (filter.platform === undefined || technique.platforms.includes(filter.platform)) &&
        (filter.state === undefined || state === filter.state) &&
        (!filter.openOnly || ownSeverity >= 0 || (!counting && pairs > 0));
      cell.isWanted = isWanted;
      const subWanted = family.some((sub) => sub.isWanted);
      item.hidden = !isWanted && !subWanted;
      button.classList.toggle('is-context', !isWanted && subWanted);
      if (isWanted) shown += 1;
      if (cell.details) {
        const label = say(family.length === 1 ? 'subTechnique' : 'subTechniques', { count: family.length });
        cell.details.querySelector('summary').firstChild.textContent = label;
        // What is looked for must not stay folded away.
        const hasStep = family.some((sub) => steps?.has(sub.technique.index));
        if ((subWanted && filter.search !== '') || hasStep) cell.details.open = true;
      }
    }
    columns.forEach((column, index) => {
      const [pairs, count_] = counting
        ? [counted.tactics[index].pairs.size, counted.tactics[index].techniques.size]
        : columnSums[index];
      column.querySelector('h3').textContent = inLanguage(data.tactics[index][1], data.tactics[index][2]);
      column.querySelector('.vm-sum').textContent = say(pairs === 1 ? 'underTacticOne' : 'underTactic', {
        pairs,
        techniques: count_,
        noun: words[count_ === 1 ? 'technique' : 'techniques'],
      });
    });
    const [pairs, , openTechniques] = counting
      ? [counted.total.pairs.size, 0, counted.total.techniques.size]
      : data.total;
    byId('result').textContent = say('result', { cells: shown, pairs, techniques: openTechniques });
    byId('no-result').hidden = shown > 0;
    byId('states-note').hidden = filter.provider === undefined && filter.severity === undefined && filter.search === '';
    byId('left-out-note').hidden = data.sourcesLeftOut === 0;
    byId('left-out-note').textContent = say('sourcesLeftOut', { count: data.sourcesLeftOut });
    byId('places-note').hidden = data.placesLeftOut === 0;
    byId('places-note').textContent = say('placesLeftOut', { count: data.placesLeftOut });
  }

  const cellAt = new Map(cells.map(({ button }, index) => [button, index]));

  /** Arrow keys walk over the visible cells: up and down within a tactic, left and right to its neighbours. */
  function walk(event) {
    const button = event.target.closest('#matrix button[data-technique]');
    if (!button || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const isVisible = (one) => one.offsetParent !== null;
    const inColumn = (column) => [...column.querySelectorAll('button[data-technique]')].filter(isVisible);
    const column = columns.findIndex((one) => one.contains(button));
    const own = inColumn(columns[column]);
    const at = own.indexOf(button);
    const beside = (step) => {
      for (let next = column + step; columns[next]; next += step) {
        const others = inColumn(columns[next]);
        if (others.length > 0) return others[Math.min(at, others.length - 1)];
      }
      return undefined;
    };
    const target = {
      ArrowDown: () => own[at + 1],
      ArrowUp: () => own[at - 1],
      ArrowRight: () => beside(1),
      ArrowLeft: () => beside(-1),
      Home: () => own[0],
      End: () => own.at(-1),
    }[event.key]?.();
    if (!target) return;
    event.preventDefault();
    target.focus();
  }

  // ── The panel ─────────────────────────────────────────────────────────────────────────────────────────────────────

  let opened;

  function element(tag, text, properties = {}) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    return Object.assign(made, properties);
  }

  /** A link, where the address is one of the web. */
  function link(text, href) {
    if (!href.startsWith('https://')) return element('span', text);
    return element('a', text, { href, target: '_blank', rel: 'noopener noreferrer' });
  }

  function section(title, items) {
    const made = element('section');
    made.append(element('h3', title));
    if (items.length === 0) return undefined;
    const list = element('ul');
    list.append(...items);
    made.append(list);
    return made;
  }

  /** A list of which a page is shown, and the rest on demand. */
  function pagedSection(title, items, itemOf) {
    const made = section(title, items.slice(0, PAGE).map(itemOf));
    if (!made || items.length <= PAGE) return made;
    let shown = PAGE;
    const more = element('button', '', { type: 'button', className: 'more' });
    const label = () => (more.textContent = say('more', { count: items.length - shown }));
    more.addEventListener('click', () => {
      const next = items.slice(shown, shown + PAGE).map(itemOf);
      made.querySelector('ul').append(...next);
      shown += PAGE;
      if (shown >= items.length) more.remove();
      else label();
      next[0].tabIndex = -1;
      next[0].focus();
    });
    label();
    made.append(more);
    return made;
  }

  function findingItem(source) {
    const [provider, ruleKey] = data.rules[source.rule];
    const [account, region] = data.places[source.place];
    const item = element('li', undefined, { className: 'finding' });
    const severity = element('span', words.severities[source.severity]);
    severity.className = `tag vm-${data.severities[source.severity]}`;
    const title = element('bdi', source.title);
    title.className = 'title';
    const where = element('div', `${data.providers[provider][1]} `, { className: 'where' });
    where.append(element('code', ruleKey), ` · ${account}${region ? `, ${region}` : ''}`);
    item.append(severity, ' ', title, where);
    const names = source.resources.map(resourceName);
    const resources = element('div', undefined, { className: 'where' });
    names.slice(0, 3).forEach((name) => resources.append(element('code', name), ' '));
    if (names.length > 3) resources.append(say('andMore', { count: names.length - 3 }));
    item.append(resources, link(say('inSecurityHub'), consoleLink(source.id)));
    return item;
  }

  /** The console keeps conditions in the fragment, encoded twice; lone surrogates cannot be encoded. */
  function consoleLink(id) {
    const value = encodeURIComponent(`\\operator\\:EQUALS\\:${id.replace(/\p{Surrogate}/gu, '\ufffd')}`);
    return `${data.link}Id%3D${encodeURIComponent(value)}`;
  }

  const tally = (keys) => {
    const counts = new Map();
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    return [...counts].sort(([a, one], [b, two]) => two - one || (a < b ? -1 : 1));
  };
  const tallyItem = ([name, times]) => {
    const item = element('li');
    item.append(element('bdi', name), ` (${times})`);
    return item;
  };

  function show(technique, tactic) {
    opened = { technique, tactic };
    const own = counted.cells.get(`${tactic}/${technique.index}`) ?? { findings: [], suppressed: [], pairs: new Set() };
    byId('panel-title').textContent = `${technique.id} ${technique.names[language]}`;
    const body = byId('panel-body');
    const intro = element('p');
    const url = `https://attack.mitre.org/techniques/${technique.id.replace('.', '/')}`;
    intro.append(
      say('panelIntro', {
        tactic: inLanguage(data.tactics[tactic][1], data.tactics[tactic][2]),
        pairs: own.pairs.size,
        findings: own.findings.length,
      }),
      ' ',
      link('attack.mitre.org', url),
    );
    const states = tally(
      technique.states
        .filter((_, place) => !filter.places || filter.places.has(place))
        .map((state) => words.states[state]),
    ).map(([state, times]) => element('li', say('inPlaces', { state, count: times })));
    const reasons = technique.blind.map(([why, provider, ruleKey, times]) =>
      element('li', say(`blind-${why}`, { provider, rule: ruleKey, count: times })),
    );
    if (technique.unlinked !== 0) reasons.push(element('li', inLanguage(technique.unlinked[1], technique.unlinked[2])));
    const elsewhere = data.tactics.flatMap(([, en, es], index) => {
      const other = index === tactic ? undefined : counted.cells.get(`${index}/${technique.index}`);
      return other?.pairs.size ? [element('li', `${inLanguage(en, es)} (${other.pairs.size})`)] : [];
    });
    const byAccount = own.findings.map(({ place }) => data.places[place].filter(Boolean).join(', '));
    const byResource = own.findings.flatMap(({ resources }) => resources.map(resourceName));
    const mitigations = technique.mitigations.map((index) => {
      const [id, en, es] = data.mitigations[index];
      const item = element('li');
      item.append(link(`${id} ${inLanguage(en, es)}`, `https://attack.mitre.org/mitigations/${id}`));
      return item;
    });
    const adversaries = data.adversaries
      .filter(([, , , steps]) => steps.includes(technique.index))
      .map(([id, name]) => {
        const item = element('li');
        const kind = id.startsWith('C') ? 'campaigns' : 'groups';
        item.append(link(`${id} ${name}`, `https://attack.mitre.org/${kind}/${id}`));
        return item;
      });
    const controls = technique.controls.flatMap((ids, index) =>
      ids === '' ? [] : [element('li', `${words.standards[index]}: ${ids.replaceAll(' ', ', ')}`)],
    );
    body.replaceChildren(
      intro,
      ...[
        section(say('states_'), states),
        section(say('why'), reasons),
        own.pairs.size === 0 && section(say('elsewhere'), elsewhere),
        pagedSection(say('findings', { count: own.findings.length }), own.findings, findingItem),
        pagedSection(say('suppressed', { count: own.suppressed.length }), own.suppressed, findingItem),
        pagedSection(say('resources'), tally(byResource), tallyItem),
        pagedSection(say('accounts'), tally(byAccount), tallyItem),
        section(say('mitigations'), mitigations),
        pagedSection(say('adversaries'), adversaries, (item) => item),
        section(say('controls'), controls),
      ].filter(Boolean),
    );
    byId('panel').hidden = false;
    document.body.classList.add('has-panel');
  }

  function openPanel(button) {
    const cell = cells[cellAt.get(button)];
    for (const other of cells) other.button.removeAttribute('aria-current');
    button.setAttribute('aria-current', 'true');
    show(cell.technique, cell.tactic);
    byId('panel').scrollTop = 0;
    byId('panel-title').focus();
  }

  function closePanel() {
    if (!opened) return;
    const cell = cellOf(opened.technique, opened.tactic);
    opened = undefined;
    byId('panel').hidden = true;
    document.body.classList.remove('has-panel');
    cell.button.removeAttribute('aria-current');
    if (cell.button.offsetParent !== null) cell.button.focus();
  }

  // ── Lists below the matrix ────────────────────────────────────────────────────────────────────────────────────────

  const row = (texts, header = 0) => {
    const made = element('tr');
    texts.forEach((text, index) => {
      const cell = element(index === header ? 'th' : 'td');
      if (index === header) cell.scope = 'row';
      if (typeof text === 'number') cell.className = 'number';
      cell.append(text instanceof Node ? text : String(text));
      made.append(cell);
    });
    return made;
  };

  const techniqueNames = (indexes) => indexes.map((index) => techniques[index].id).join(' ');

  function paintRules() {
    const rows = data.fixFirst.map(([rule, closes, own, severity, accounts, resources, findings, en, es], index) => {
      const [provider, ruleKey] = data.rules[rule];
      const name = element('div');
      name.append(element('code', ruleKey), ` ${data.providers[provider][1]}`);
      const advice = inLanguage(en, es);
      if (advice) name.append(element('div', advice, { className: 'where' }));
      const tag = element('span', words.severities[severity], { className: `tag vm-${data.severities[severity]}` });
      return row([index + 1, name, closes, techniqueNames(own), tag, accounts, resources, findings], 1);
    });
    byId('fix-first-rows').replaceChildren(...rows);
    byId('fix-first-empty').hidden = rows.length > 0;
    byId('fix-first-more').hidden = data.rulesLeftOut === 0;
    byId('fix-first-more').textContent = say('rulesLeftOut', { count: data.rulesLeftOut });
  }

  /** Ranked by the share of cloud steps that are open in what is chosen. */
  function paintAdversaries() {
    const ranked = data.adversaries
      .map(([id, name, aliases, steps], index) => {
        const states = steps.map((step) => worst(familyOf(techniques[step]).map((one) => stateOf(one, filter))));
        const open = states.filter((state) => OPEN_STATES.has(state)).length;
        return { id, name, aliases, index, states, open, share: open / steps.length };
      })
      .sort((a, b) => b.share - a.share || b.open - a.open || (a.id < b.id ? -1 : 1));
    const rows = ranked.map(({ id, name, aliases, index, states, open }) => {
      const title = element('div', `${id} ${name}`);
      if (aliases) title.append(element('div', aliases, { className: 'where' }));
      const others = tally(states.filter((state) => !OPEN_STATES.has(state)).map((state) => words.states[state]));
      const button = element('button', say('showSteps'), { type: 'button' });
      button.setAttribute('aria-label', `${say('showSteps')}: ${id} ${name}`);
      button.addEventListener('click', () => {
        byId('adversary').value = String(index);
        changed();
        byId('adversary').focus();
      });
      const share = `${open} / ${states.length}`;
      return row([title, share, others.map(([state, times]) => `${times} ${state}`).join(', '), button]);
    });
    const shown = byId('all-adversaries').checked ? rows : rows.slice(0, 15);
    byId('adversary-rows').replaceChildren(...shown);
  }

  // ── Words, and what ties it together ──────────────────────────────────────────────────────────────────────────────

  function option(value, text) {
    return element('option', text, { value: String(value) });
  }

  /** Fills a list and keeps what was chosen in it. */
  function fill(id, any, options) {
    const select = byId(id);
    const { value } = select;
    select.replaceChildren(option('', any), ...options);
    select.value = value;
  }

  function fillFilters() {
    const known = data.places.slice(0, data.placesWithStates);
    const distinct = (values) => [...new Set(values.filter(Boolean))].sort();
    const accounts = distinct(known.map(([account]) => account));
    const regions = distinct(known.map(([, region]) => region));
    fill(
      'account',
      say('anyAccount'),
      accounts.map((account) => option(account, account)),
    );
    fill(
      'region',
      say('anyRegion'),
      regions.map((region) => option(region, region)),
    );
    fill(
      'provider',
      say('anyProvider'),
      data.providers.map(([, name], index) => option(index, name)),
    );
    const severities = data.severities.map((_, index) =>
      option(index, say('orWorse', { severity: words.severities[index] })),
    );
    fill('severity', say('anySeverity'), severities.reverse());
    fill(
      'platform',
      say('anyPlatform'),
      data.platforms.map((name, index) => option(index, name)),
    );
    fill(
      'state',
      say('anyState'),
      words.states.map((name, index) => option(index, name)),
    );
    fill(
      'adversary',
      say('noAdversary'),
      data.adversaries.map(([id, name], index) => option(index, `${id} ${name}`)),
    );
  }

  function speak(wanted) {
    language = wanted;
    words = allWords[language];
    document.documentElement.lang = language;
    document.title = say('title');
    for (const node of document.querySelectorAll('[data-word]')) node.textContent = say(node.dataset.word);
    for (const node of document.querySelectorAll('[data-severity]'))
      node.textContent = words.severities[node.dataset.severity];
    for (const node of document.querySelectorAll('[data-state]')) node.textContent = words.states[node.dataset.state];
    for (const node of document.querySelectorAll('[data-label]'))
      node.setAttribute('aria-label', say(node.dataset.label));
    const [pairs, findings, count_, suppressed] = data.total;
    byId('about').textContent = [
      say('about', {
        pairs,
        findings,
        techniques: count_,
        hub: data.hub.join(', '),
        asOf: data.asOf.slice(0, 10) || '–',
      }),
      suppressed > 0 ? say('aboutSuppressed', { count: suppressed }) : '',
    ].join(' ');
    fillFilters();
    changed();
  }

  function changed() {
    paint();
    paintRules();
    paintAdversaries();
    if (opened) show(opened.technique, opened.tactic);
  }

  for (const name of FILTERS) byId(name).addEventListener(name === 'search' ? 'input' : 'change', changed);
  byId('open-only').addEventListener('change', changed);
  byId('all-adversaries').addEventListener('change', paintAdversaries);
  byId('language').value = language;
  byId('language').addEventListener('change', () => speak(byId('language').value));
  byId('theme').addEventListener('change', () => {
    const theme = byId('theme').value;
    if (theme === '') document.documentElement.removeAttribute('data-theme');
    else document.documentElement.setAttribute('data-theme', theme);
  });
  byId('reset').addEventListener('click', () => {
    for (const name of FILTERS) byId(name).value = '';
    byId('open-only').checked = false;
    changed();
  });
  const setUnfolded = (isOpen) => {
    for (const { details } of cells) if (details) details.open = isOpen;
  };
  byId('unfold').addEventListener('click', () => setUnfolded(true));
  byId('fold').addEventListener('click', () => setUnfolded(false));
  byId('matrix').addEventListener('click', (event) => {
    const button = event.target.closest('button[data-technique]');
    if (button) openPanel(button);
  });
  byId('matrix').addEventListener('keydown', walk);
  byId('close').addEventListener('click', closePanel);
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') closePanel();
  });
  byId('needs-script').hidden = true;
  byId('tools').hidden = false;
  byId('lists').hidden = false;
  speak(language);
})();
