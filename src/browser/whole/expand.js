// Buttons that show more. Never a link that leads away, never what sends a form, never what does something.
(A => {
  const pressed = new WeakMap(), other = new WeakMap();
  const label = el => `${A.content(el).slice(0, 600)}|${A.attribute(el, 'aria-label')}|${A.attribute(el, 'title')}|${el instanceof HTMLInputElement ? el.value : ''}`;
  /// Pixels that no post is lower than.
  const LITTLE = 60, failed = new Set();
  const stopped = new Set(), leaving = new Map();

  // What a button that leads away says is not pressed again; after some such, nothing of its rule is.
  A.led = () => {
    const { rule, name } = A.pressing;
    stopped.add(`${rule}: ${name}`);
    const times = (leaving.get(rule) || 0) + 1;
    leaving.set(rule, times);
    if (times >= 5) stopped.add(rule);
  };

  /// The longest piece of each of the texts, as it stands in what a button holds, however that is broken into lines.
  const dense = t => t.replace(/\s+/g, '');
  const pieces = texts => {
    const longest = t => dense(A.lower(t).split(/[*.!?:()]/).sort((a, b) => b.length - a.length)[0]);
    const any = [...new Set(texts.map(longest))].map(t => t.replace(/[+^${}|[\]\\]/g, '\\$&').replace(/['\u2019]/g, "['\u2019]"));
    return texts.length ? new RegExp(any.join('|'), 'u') : { test: () => false };
  };

  const sends = el => (el instanceof HTMLButtonElement && el.type !== 'button' && el.form) || (el instanceof HTMLInputElement && el.type !== 'button');
  const MENUS = 'nav,header:not(article header),footer:not(article footer),[role=navigation],[role=banner],[role=menu],[role=menubar],[role=toolbar],[role=search],[role=tablist],form[role=search]';
  const barred = (el, link) => A.is(el, ':disabled') || A.attribute(el, 'aria-disabled') === 'true' || sends(el) || (!link && A.leads(el)) ||
    /^(menu|listbox|dialog|true|tree|grid)$/.test(A.attribute(el, 'aria-haspopup') || '') || A.attribute(el, 'aria-expanded') === 'true' ||
    /^(switch|checkbox|radio|tab|option|combobox|menuitem|menuitemcheckbox|menuitemradio)$/.test(A.attribute(el, 'role') || '') ||
    A.attribute(el, 'aria-pressed') !== null || A.attribute(el, 'contenteditable') !== null || A.attribute(el, 'download') !== null;

  /// What says so and can be pressed though it is none of the kinds of a button: by its own handler, or by the hand that the
  /// pointer becomes over it, and over nothing larger that holds it.
  const heard = new WeakMap();
  const spoken = (maybe, roots) => {
    const found = new Set();
    for (const root of roots) {
      const texts = Document.prototype.createTreeWalker.call(document, root, NodeFilter.SHOW_TEXT);
      for (let node = texts.nextNode(); node; node = texts.nextNode()) {
        if (heard.get(node) === node.data || node.data.length > 160) continue;
        const el = maybe.test(dense(A.lower(node.data))) && A.parent(node);
        if (!el || A.is(el, 'script,style,noscript') || A.within(el, `${A.BUTTONS},label,select,area`)) { heard.set(node, node.data); continue; }
        let own = null, hand = null;
        for (let up = el; up && A.content(up).length < 160 && A.text(up, 100).length < 80; up = A.parent(up)) {
          if (!own && A.attribute(up, 'onclick') !== null) own = up;
          if (A.style(up).cursor === 'pointer') hand = up;
        }
        const above = hand && A.parent(hand);
        if (own) found.add(own); else if (hand && !(above && A.style(above).cursor === 'pointer')) found.add(hand);
      }
    }
    return found;
  };

  /// Presses what shows more, at most so many, for at most so long. What was pressed is pressed again only if the page grew by it.
  A.expand = async ({ hosts, general, most, ms, height }) => {
    const end = performance.now() + ms, counts = new Map(), roots = A.roots();
    const never = A.pattern(general.never, false);
    // First all are found, then all pressed: what is read between presses would have the page laid out anew each time.
    let left = 0;
    const plan = new Map(), now = Math.round(A.scrollHeight(A.scroller()));
    const consider = (el, rule, { once = false, link = false } = {}) => {
      const before = pressed.get(el);
      if (plan.has(el) || stopped.has(rule)) return;
      if (before && (once || before.times >= 300 || (now <= before.height + 4 && before.text === A.content(el)))) return;
      // One that fails says so each time, and the page grows by that alone.
      if (before && before.little >= 3) { failed.add(before.name); return; }
      if (barred(el, link) || !A.seen(el) || A.within(el, MENUS) || A.rect(el).top + scrollY > height) return;
      const names = A.names(el), name = names[0] || '';
      if (names.some(n => never.test(n)) || stopped.has(`${rule}: ${name}`)) return;
      if (plan.size >= most || performance.now() > end) { left++; return; }
      plan.set(el, { rule, name });
      if (!counts.has(rule)) counts.set(rule, { rule, count: 0, text: A.text(el, 80) || A.attribute(el, 'aria-label') || '' });
    };
    for (const host of hosts) {
      for (const el of A.all(host.press, roots)) consider(el, host.name);
      for (const el of A.all(host.press_links, roots)) consider(el, host.name, { link: true });
    }
    const maybe = pieces([...hosts.flatMap(h => h.more), ...general.more]);
    const texts = [...hosts.map(h => [h.name, A.pattern(h.more)]), ['general', A.pattern(general.more)]];
    for (const el of A.all([A.BUTTONS], roots)) {
      const key = label(el);
      // Most buttons say something else than that, and the same as when they were asked last.
      if (other.get(el) === key) continue;
      if (!maybe.test(dense(A.lower(key)))) { other.set(el, key); continue; }
      const names = A.names(el).filter(n => n.length < 80);
      const by = texts.find(([, pattern]) => names.some(n => pattern.test(n)));
      if (!by) { other.set(el, key); continue; }
      // What holds a button that says so is not it.
      const inner = A.query(el, A.BUTTONS).some(i => i !== el && A.names(i).some(n => by[1].test(n)));
      if (!inner) consider(el, by[0]);
    }
    for (const el of spoken(maybe, roots)) {
      const by = texts.find(([, pattern]) => A.names(el).some(n => n.length < 80 && pattern.test(n)));
      if (by) consider(el, by[0]);
    }
    for (const el of A.all(general.accordions, roots)) consider(el, 'accordions', { once: true });

    let done = 0;
    for (const [el, { rule, name }] of plan) {
      if (!A.connected(el) || stopped.has(rule) || stopped.has(`${rule}: ${name}`)) continue;
      const before = pressed.get(el);
      const little = before && now - before.height <= LITTLE ? before.little + 1 : 0;
      pressed.set(el, { times: (before ? before.times : 0) + 1, height: now, text: A.content(el), little, name });
      A.pressing = { rule, name };
      A.press(el);
      done++;
      counts.get(rule).count++;
      if (done % 50 === 0) await A.frame();
    }
    if (done) await A.frame();
    // What the page does a little later for our press is still ours.
    const mine = A.pressing;
    if (mine) setTimeout(() => { if (A.pressing === mine) A.pressing = null; }, 1000);

    const folded = A.all(['details:not([open])'], roots).filter(el => A.seen(el) && !A.within(el, MENUS) && A.rect(el).top + scrollY <= height);
    const details = { rule: 'details', count: 0, text: '' };
    for (const el of folded) {
      if (done >= most) { left++; continue; }
      A.setAttribute(el, 'open', '');
      // Those of one name close each other.
      A.removeAttribute(el, 'name');
      done++;
      details.count++;
    }
    if (details.count) counts.set('details', details);
    return { pressed: [...counts.values()].filter(c => c.count), left, failed: [...failed].slice(0, 8) };
  };
})(arkivd);
