// What asks for consent: found by the rules, else by what it says; declined, else taken away.
(A => {
  const boxes = (rule, roots) => A.all(rule.signs, roots).filter(A.seen);
  const buttons = box => A.all([A.BUTTONS], A.roots(box)).filter(el => A.seen(el));
  const says = (el, pattern) => A.names(el).some(n => n.length < 80 && pattern.test(n));
  const holds = A.holds;
  const short = el => A.text(el, 80) || A.attribute(el, 'aria-label') || '';

  /// The first of the platforms that asks, and the general look at last.
  A.asks = ({ rules, general }) => {
    const roots = A.roots();
    for (const rule of rules) {
      const found = boxes(rule, roots);
      if (found.length) return { rule, found, page: A.consentPage(general) };
    }
    const rule = { name: 'general', signs: [], decline: [], settings: [], off: [], save: [], hide: [] };
    const found = A.covering(general);
    if (found) return { rule, found: [found], page: null };
    const page = A.consentPage(general);
    return page ? { rule, found: [page.box], page } : null;
  };

  /// An element over the page that speaks of consent and has buttons to answer with.
  A.covering = general => {
    const words = A.pattern(general.consent, false), yes = A.pattern(general.accept), no = A.pattern(general.decline);
    const tried = new Set();
    const fits = (el, dialog) => {
      if (!el || tried.has(el)) return false;
      tried.add(el);
      if (el === A.body() || el === A.root() || !A.seen(el)) return false;
      if (A.query(el, 'main,[role=main],article').length) return false;
      const text = A.lower(A.text(el, 6000));
      if (text.length > 5500 || !words.test(text)) return false;
      const inside = buttons(el);
      // A menu that is fixed to the window names cookies in a link; what asks says a sentence.
      const outer = inside.filter(b => !inside.some(c => c !== b && holds(c, b)));
      const own = text.length - outer.reduce((n, b) => n + A.text(b, 400).length, 0);
      if (own < 20 || (!dialog && A.query(el, 'nav,[role=navigation],[role=search]').length)) return false;
      const answers = inside.filter(b => !A.leads(b));
      return answers.some(b => says(b, no) || says(b, yes)) || (answers.length > 0 && bars(el, text, outer));
    };
    // Whatever its buttons say: a sentence of it speaks of consent, nothing is filled in, and a page lies behind it.
    const bars = (el, text, outer) => {
      const r = A.rect(el), { innerWidth: w, innerHeight: h } = window;
      const middle = r.left < w / 2 && r.right > w / 2 && r.top < h / 2 && r.bottom > h / 2;
      if (!middle || r.width * r.height < w * h / 4 || text.length > 2500 || outer.length > 12) return false;
      if (!/fixed/.test(A.style(el).position) && !A.is(el, 'dialog[open],[aria-modal=true]')) return false;
      if (A.query(el, 'textarea,select,input:is(:not([type]),[type=text],[type=email],[type=password],[type=tel],[type=number],[type=search])').some(A.seen)) return false;
      const rest = outer.map(b => A.lower(A.text(b, 400))).filter(Boolean).reduce((t, b) => t.replace(b, ' '), text);
      return words.test(rest) && A.text(A.body(), 20000).length - text.length > 100;
    };
    for (const el of A.all(['dialog[open]', '[role=dialog]', '[role=alertdialog]', '[aria-modal=true]', '[popover]'])) if (fits(el, true)) return el;
    const { innerWidth: w, innerHeight: h } = window;
    const points = [[.5, .5], [.5, .95], [.5, .04], [.15, .95], [.85, .95], [.5, .75], [.15, .5], [.85, .5], [.85, .1]];
    for (const [x, y] of points) {
      for (const top of A.at(x * w, y * h)) {
        for (let el = top; el; el = A.parent(el)) {
          if (/fixed|sticky/.test(A.style(el).position) && fits(el, false)) return el;
        }
      }
    }
    return null;
  };

  /// A page that is nothing but a question of consent, shown before the one that was asked for: no menu, no text beside it.
  A.consentPage = general => {
    const body = A.body();
    if (!body || A.query(document, 'input[type=password],article').some(A.seen)) return null;
    const all = A.text(body, 9000).length;
    if (all < 40 || all > 8000) return null;
    const words = A.pattern(general.consent, false), yes = A.pattern(general.accept), no = A.pattern(general.decline);
    const around = A.around(A.roots());
    if (around.reduce((n, o) => n + A.text(o, 9000).length, 0) > 300) return null;
    const answers = buttons(body).filter(b => (says(b, no) || (!A.leads(b) && says(b, yes))) && !around.some(o => holds(o, b)));
    if (!answers.length) return null;
    const own = answers.reduce((n, b) => n + A.text(b, 200).length, 0);
    let box = answers[0];
    for (; box && box !== body; box = A.parent(box)) {
      if (/fixed|sticky/.test(A.style(box).position) || A.is(box, 'dialog,[role=dialog],[role=alertdialog],[aria-modal=true],[popover]')) return null;
      if (!answers.every(b => holds(box, b))) continue;
      const text = A.text(box, 9000);
      if (text.length - own >= 40 && words.test(A.lower(text))) break;
    }
    box = box || body;
    if (!words.test(A.lower(A.text(box, 9000)))) return null;
    const beside = all - A.text(box, 9000).length - around.filter(o => !holds(o, box) && !holds(box, o)).reduce((n, o) => n + A.text(o, 9000).length, 0);
    const pictures = A.query(document, 'img,video,canvas,iframe').some(el => !holds(box, el) && A.rect(el).width > 200 && A.rect(el).height > 150 && A.seen(el));
    // Beside a notice in the flow of a page stands the page, if only its heading.
    const heading = A.query(document, 'h1,h2').some(h => A.seen(h) && !holds(box, h) && !around.some(o => holds(o, h)));
    return beside > 150 || pictures || (heading && beside > 90) ? null : { box };
  };

  // What a page of its own leads on by may be a link.
  const may = b => !A.leads(b) || !!(A.asked && A.asked.page);

  const decliner = (rule, found, general) => {
    const direct = A.first(rule.decline);
    if (direct) return direct;
    for (const box of found) {
      const all = buttons(box).filter(may);
      for (const text of general.decline) {
        const no = A.pattern([text]), said = all.filter(b => says(b, no));
        // The innermost: a wrapper that can be focused says the same.
        const inner = said.find(b => !said.some(c => c !== b && b.contains(c)));
        if (inner) return inner;
      }
    }
    return null;
  };

  /// What would be done: nothing is, so that it is known even if the page goes away for it.
  A.consent = ({ rules, general }) => {
    const asked = A.asks({ rules, general });
    if (!asked) return { rule: null };
    const { rule, found } = asked;
    A.asked = asked;
    const no = decliner(rule, found, general);
    const page = !!asked.page;
    if (no) return { rule: rule.name, does: 'decline', text: short(no), in_frame: !!rule.in_frame, page };
    const settings = A.first(rule.settings);
    if (settings) return { rule: rule.name, does: 'settings', text: short(settings), in_frame: !!rule.in_frame, page };
    if (rule.accept) {
      const yes = A.pattern(general.accept);
      const button = found.flatMap(buttons).find(b => !A.leads(b) && says(b, yes));
      if (button) return { rule: rule.name, does: 'accept', text: short(button), in_frame: !!rule.in_frame, page };
    }
    return { rule: rule.name, does: 'hide', text: A.text(found[0], 120), in_frame: !!rule.in_frame, page };
  };

  const gone = rule => () => rule.signs.length ? !boxes(rule, A.roots()).length : !A.asked.found.some(el => A.connected(el) && A.seen(el));

  /// Does it, and says whether what asked is gone.
  A.answer = async ({ does, general, wait }) => {
    if (!A.asked) return false;
    const { rule, found } = A.asked;
    if (does === 'decline') {
      const no = decliner(rule, found, general);
      if (no) A.press(no);
      return A.until(gone(rule), wait);
    }
    if (does === 'accept') {
      const yes = A.pattern(general.accept);
      const button = found.flatMap(buttons).find(b => !A.leads(b) && says(b, yes));
      if (button) A.press(button);
      return A.until(gone(rule), wait);
    }
    const settings = A.first(rule.settings);
    if (!settings) return false;
    A.press(settings);
    const save = () => A.first(rule.save) || decliner(rule, boxes(rule, A.roots()), general);
    if (!await A.until(save, wait)) return false;
    for (const el of A.all(rule.off).filter(A.seen).slice(0, 100)) A.press(el);
    await A.frame();
    const keep = save();
    if (keep) A.press(keep);
    return A.until(gone(rule), wait);
  };

  /// Takes it away with its backdrop, and lets the page scroll. False when it is there again at once.
  A.dispel = async ({ general }) => {
    if (!A.asked) return false;
    const { rule, found } = A.asked, text = A.text(found[0], 200);
    for (const el of [...A.all(rule.hide), ...found]) A.hide(el);
    A.backdrops();
    A.unlock();
    await A.frame();
    await A.frame();
    const again = rule.signs.length ? null : A.covering(general);
    return gone(rule)() && !(again && A.text(again, 200) === text);
  };

  /// Empty fixed elements over the whole window: they darken what is behind.
  A.backdrops = () => {
    for (let n = 0; n < 5; n++) {
      const top = A.at(innerWidth / 2, innerHeight / 2)[0];
      if (!top || top === A.body() || top === A.root()) return;
      const r = A.rect(top);
      const covers = r.width >= innerWidth * .95 && r.height >= innerHeight * .95 && A.style(top).position === 'fixed';
      if (!covers || A.text(top, 50) || A.query(top, 'img,video,canvas,svg,iframe').length) return;
      A.hide(top);
    }
  };

  /// Prompts that lie over the page and may be closed.
  A.prompts = async ({ prompts, wait }) => {
    const done = [];
    for (const prompt of prompts.slice(0, 50)) {
      const about = A.pattern(prompt.says, false), texts = A.pattern(prompt.press_texts);
      for (const box of A.all(prompt.overlay).filter(A.seen).slice(0, 5)) {
        if (prompt.says.length && !about.test(A.lower(A.text(box, 4000)))) continue;
        const text = A.text(box, 80);
        const there = () => A.connected(box) && A.seen(box);
        const close = A.first(prompt.press, A.roots(box)) || buttons(box).find(b => !A.leads(b) && says(b, texts));
        if (close && !A.leads(close)) {
          A.press(close);
          if (await A.until(() => !there(), wait)) { done.push({ rule: prompt.rule, hidden: false, text }); continue; }
        }
        if (!prompt.hide) continue;
        A.hide(box);
        A.backdrops();
        A.unlock();
        done.push({ rule: prompt.rule, hidden: true, text });
      }
    }
    return done;
  };

  /// Menus and notifications of who is logged in.
  A.conceal = ({ selectors }) => {
    const found = A.all(selectors).filter(A.seen);
    found.forEach(A.hide);
    return found.length;
  };
})(arkivd);
