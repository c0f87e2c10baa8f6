// What the page looks like, for who judges it.
(A => {
  A.address = () => location.href.slice(0, 4000);

  const { get: title } = Object.getOwnPropertyDescriptor(Document.prototype, 'title');
  const { get: innerText } = Object.getOwnPropertyDescriptor(HTMLElement.prototype, 'innerText');
  const lines = el => (el instanceof HTMLElement ? innerText.call(el) : '').slice(0, 20000).split(/\n+|(?<=[.!?])\s+/).map(A.plain).filter(Boolean);
  const inside = (box, el) => { for (let up = el; up; up = A.parent(up)) if (up === box) return true; return false; };

  // What stands on every page of a site: by its role, and by what it is called where it has none.
  const AROUND = 'nav,aside,[role=navigation],[role=banner],[role=contentinfo],[role=complementary],[role=search],' +
    ':is(header,footer):not(:is(main,article,section,dialog,[role=main],[role=dialog]) *)';
  const CALLED = ['footer', 'sidfot', 'sidhuvud', 'navbar', 'site-header', 'sidebar'].map(n => `[id*=${n} i],[class*=${n} i]`).join();
  A.around = roots => {
    const called = A.all([CALLED], roots).slice(0, 200).filter(el => el !== A.body() && el !== A.root() &&
      !A.within(el, 'main,article,[role=main]') && !A.query(el, 'main,[role=main],h1,article,form').length);
    const found = [...new Set([...A.all([AROUND], roots).slice(0, 200), ...called])].filter(A.seen);
    return found.filter(el => !found.some(o => o !== el && inside(o, el)));
  };

  const TEXTUAL = 'input:not([type]),input[type=text],input[type=email],input[type=tel],input[type=number],textarea';
  const called = f => ['type', 'name', 'id', 'autocomplete', 'placeholder', 'aria-label'].map(n => A.attribute(f, n) || '').join(' ');
  const searches = f => /^(q|s|query|search|sok|sök)$/i.test(A.attribute(f, 'name') || '') || !!A.within(f, '[role=search],form[action*=search i],form[action*=sok i]');
  const WHO = /user|e-?mail|e-?post|anv|login|logon|identifier|phone|mobil|telefon|person|pnr|handle|konto|account|domän/i;

  A.survey = ({ hosts, general, instead }) => {
    const roots = A.roots(), body = A.body();
    const here = hosts.filter(h => h.hosts.length || A.all(h.signs, roots).length);
    const text = body ? A.text(body, 400000) : '';
    const shadowed = roots.slice(1).flatMap(r => [...r.children].filter(c => c instanceof HTMLElement && !/^(style|script)$/i.test(c.tagName)));
    const inner = shadowed.reduce((n, c) => n + A.text(c, 100000).length, 0);
    const around = A.around(roots);
    // What the page is about, in characters.
    const core = Math.max(0, text.length + inner - around.reduce((n, el) => n + A.text(el, 100000).length, 0));
    const seen = selectors => A.first(selectors, roots) && selectors.find(s => A.first([s], roots));

    const pictures = A.all(['img', 'svg', 'canvas', 'video', 'picture'], roots).filter(el => { const q = A.rect(el); return q.width >= 16 && q.height >= 16 && (!(el instanceof HTMLImageElement) || el.naturalWidth > 1) && A.seen(el); }).length;

    // Posts: those of the platform's rules, else what any page marks as such and has words in.
    const own = here.flatMap(h => h.posts);
    const articles = own.length ? A.all(own, roots).slice(0, 2000).filter(A.seen)
      : A.all(general.posts, roots).slice(0, 2000).filter(el => A.seen(el) && A.text(el, 60).length >= 20);
    const beside = el => articles.filter(a => !inside(a, el)).length;

    // What speaks for the whole page; each with its element.
    const named = title.call(document), whole = A.plain(named), parts = whole.split(/\s+[|·•–—:»-]\s+|\s*[|·•»]\s*/).filter(t => t.length > 4);
    const titles = [whole, ...parts].filter(Boolean);
    const headings = A.all(['h1', 'h2', '[role=heading]'], roots).filter(el => A.seen(el) && !A.within(el, AROUND)).slice(0, 40).map(el => [A.plain(A.text(el, 300)), el]);
    const loud = [...(core < 800 ? titles : titles.slice(0, 1)).map(t => [t, null]), ...headings];
    const elsewhere = new Set(core < 700 ? around.flatMap(lines) : []);
    const low = core < 700 && pictures < 8 ? [body, ...shadowed].flatMap(el => el ? lines(el) : []).filter(t => !elsewhere.has(t)).slice(0, 60) : [];
    const said = (texts, quiet) => {
      const any = A.pattern(texts);
      const found = loud.find(([t, el]) => any.test(t) && !(el ? beside(el) : articles.length));
      if (found) return found[0];
      // A sentence in the middle of others says the whole, or it is about something.
      const exact = core < 200 ? any : A.pattern(texts.filter(t => !t.includes('*')));
      return quiet && !articles.length ? low.find(t => exact.test(t)) || null : null;
    };
    // A page that is gone may list the newest below: that its title and its first heading say the same is enough.
    const twice = texts => {
      const any = A.pattern(texts), first = headings.find(([t]) => t);
      return first && !articles.some(a => inside(a, first[1])) && any.test(first[0]) && titles.some(t => any.test(t)) ? first[0] : null;
    };

    const passwords = A.all(['input[type=password]'], roots).filter(A.seen);
    const fields = A.all([TEXTUAL], roots).filter(f => A.seen(f) && !A.within(f, AROUND) && !searches(f));
    const answers = under => A.all([A.BUTTONS], under).filter(el => A.seen(el) && !A.within(el, AROUND));
    const says = (el, pattern) => A.names(el).some(n => n.length < 80 && pattern.test(n));

    const login = A.pattern(general.login_texts), go = A.pattern(general.login_buttons), ways = A.pattern(general.login_with), sends = A.pattern(general.login_sends);
    // A form in the head of a page that shows more than it is no wall.
    const named_so = loud.some(([t]) => login.test(t));
    const asks = el => {
      if (A.within(el, AROUND + ',header,footer,' + CALLED)) return false;
      const form = A.within(el, 'form') || A.parent(el);
      const over = A.within(el, 'dialog[open],[role=dialog],[aria-modal=true]');
      if (over) { const r = A.rect(over); return !beside(el) && r.width * r.height > innerWidth * innerHeight * .15; }
      // What is told beside a login, and what stands beside a small one.
      return beside(el) < (named_so ? 3 : 1) && core - A.text(form, 4000).length < 1000;
    };
    // One field for who it is, and a button that says to log in or, under a heading that does, to go on.
    const asksWho = () => {
      if (fields.length !== 1 || passwords.length || !WHO.test(called(fields[0])) || beside(fields[0])) return null;
      const on = said(general.login_texts, false);
      const leads = box => answers(A.roots(box)).find(b => !A.leads(b) && (says(b, login) || (on && says(b, go)) || (core < 400 && says(b, sends))));
      const form = A.within(fields[0], 'form');
      let box = form || A.parent(fields[0]), button = leads(box);
      for (let n = 0; !button && !form && n < 6 && box !== body && A.parent(box); n++) { box = A.parent(box); button = leads(box); }
      if (!button || core - A.text(box, 4000).length > 500) return null;
      return A.text(button, 80) || A.attribute(button, 'value') || 'login';
    };
    // Nothing but ways of logging in.
    const offered = articles.length || fields.length > 1 || core > 1500 ? [] : answers(roots).filter(b => says(b, ways));
    const rest = core - offered.reduce((n, b) => n + A.text(b, 200).length, 0);
    const who = asksWho();
    const offers = offered.length && rest < 400 ? A.text(offered[0], 80) || A.attribute(offered[0], 'aria-label') || '' : null;

    // What lies over the whole window, opaque: no post below it is seen.
    const veil = () => {
      const fills = el => { const q = A.rect(el); return q.left <= 1 && q.top <= 1 && q.right >= innerWidth * .98 && q.bottom >= innerHeight * .98; };
      const dense = el => { const s = A.style(el), c = /^rgba?\(.*?(?:[,/]\s*([\d.]+))?\)$/.exec(s.backgroundColor); return !!c && (!s.backgroundColor.startsWith('rgba') || Number(c[1]) > .97) && Number(s.opacity) > .97; };
      let opaque = false;
      for (let el = A.at(innerWidth / 2, innerHeight / 2)[0]; el && el !== body && el !== A.root(); el = A.parent(el)) {
        opaque = opaque || (fills(el) && dense(el));
        if (A.style(el).position === 'fixed') return opaque && fills(el) && A.text(el, 1000).length < 700 && !articles.some(a => inside(a, el)) ? lines(el) : [];
      }
      return [];
    };
    const veiled = veil(), bare = text.length + inner < 400 && !articles.length && pictures < 3;
    const over = texts => { const any = A.pattern(texts); return veiled.find(t => any.test(t)); };

    // Proof that a person looks, asked for by itself: where a form is to be filled in, it belongs to the form.
    const filled = passwords.length || fields.filter(f => !/captcha|code|kod|answer|svar/i.test(called(f))).length || A.query(document, 'textarea').some(f => A.seen(f) && !searches(f));
    let captcha = null, shown = null;
    for (const one of [...here.flatMap(h => h.instead), ...instead]) {
      const proof = one.outcome === 'captcha', lies = one.outcome === 'login-wall' && !shown && over([...one.texts, ...one.alone]);
      if (lies) { shown = { outcome: one.outcome, said: lies.slice(0, 200) }; continue; }
      if (proof ? captcha || filled || articles.length || core >= 1000 : shown || core >= (one.outcome === 'empty-shell' ? 150 : 3000)) continue;
      if (one.outcome === 'empty-shell' && pictures > 2) continue;
      const small = core < 1500;
      const by = (small && !articles.length && seen(one.signs)) || (small && said(bare ? [...one.texts, ...one.alone] : one.texts, true)) || (!proof && twice(one.texts));
      if (!by) continue;
      if (proof) captcha = by; else shown = { outcome: one.outcome, said: by.slice(0, 200) };
    }

    const wall = A.covering(general), r = wall ? A.rect(wall) : null;
    const middle = wall && r.left < innerWidth / 2 && r.right > innerWidth / 2 && r.top < innerHeight / 2 && r.bottom > innerHeight / 2;
    const asked = A.consentPage(general);
    const frames = A.all(['iframe', 'embed', 'object', 'frame'], roots).filter(A.seen);
    return {
      address: location.href.slice(0, 2000), title: named.slice(0, 500), language: (A.attribute(A.root(), 'lang') || '').slice(0, 35),
      text: text.length + inner, core, elements: roots.reduce((n, x) => n + A.query(x, '*').length, 0),
      pictures,
      frames: frames.length, boxes: frames.slice(0, 50).map(el => [el.clientWidth, el.clientHeight]), window: [innerWidth, innerHeight],
      password_fields: passwords.length, password_asked: passwords.some(asks),
      login_sign: seen([...here.flatMap(h => h.login_signs), ...general.login_signs]) || null,
      login_asked: who || (offers && said(general.login_texts, false) ? offers : null), login_offered: offers,
      captcha, instead: shown,
      loading: !!seen(['[aria-busy=true]', '[role=progressbar]']) || low.some(t => /^(laddar|läser in|hämtar|loading|vänta|please wait)(?!\p{L})/u.test(t)),
      posts: own.length ? A.posts(own) : null, articles: articles.length, platform: here.length ? here[0].name : null,
      consent_wall: middle ? A.text(wall, 200) : null, consent_page: asked ? A.text(asked.box, 200) : null,
      width: A.root().scrollWidth, height: A.root().scrollHeight,
    };
  };
})(arkivd);
