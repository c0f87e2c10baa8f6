// What the other scripts stand on: finding, seeing and reading elements, in open shadow roots too.
// They run in a world of their own: the page shares the elements with them, and none of their functions. A page may
// still name a form or a picture so that `document.body` is not the body: what matters is asked of the prototypes.
globalThis.arkivd = (() => {
  const getter = (proto, name) => {
    const { get } = Object.getOwnPropertyDescriptor(proto, name);
    return it => get.call(it);
  };
  const method = (proto, name) => {
    const does = proto[name];
    return (it, ...given) => Reflect.apply(does, it, given);
  };
  const body = getter(Document.prototype, 'body');
  const root = getter(Document.prototype, 'documentElement');
  const scrolling = getter(Document.prototype, 'scrollingElement');
  const own_shadow = getter(Element.prototype, 'shadowRoot');
  const closed = new WeakMap();
  const shadow = el => own_shadow(el) || closed.get(el) || null;
  const name = getter(Element.prototype, 'localName');
  const first = getter(Node.prototype, 'firstChild');
  const parentNode = getter(Node.prototype, 'parentNode');
  const textContent = getter(Node.prototype, 'textContent');
  const innerText = getter(HTMLElement.prototype, 'innerText');
  const inline = { html: getter(HTMLElement.prototype, 'style'), svg: getter(SVGElement.prototype, 'style'), math: getter(MathMLElement.prototype, 'style') };
  const at = method(Document.prototype, 'elementsFromPoint');
  const attribute = method(Element.prototype, 'getAttribute');
  const dispatch = method(EventTarget.prototype, 'dispatchEvent');
  const rect = method(Element.prototype, 'getBoundingClientRect');
  const base = getter(Node.prototype, 'baseURI');
  const sheets = Object.getOwnPropertyDescriptor(Document.prototype, 'adoptedStyleSheets');
  let known = null;

  const A = {
    body: () => body(document),
    root: () => root(document),
    /// What scrolls where nothing in the page does.
    page: () => scrolling(document) || root(document),
    rect,
    attribute,
    shadow,
    setAttribute: method(Element.prototype, 'setAttribute'),
    removeAttribute: method(Element.prototype, 'removeAttribute'),
    shown: innerText,
    /// All text that stands in it, seen or not.
    content: el => textContent(el) || '',
    connected: getter(Node.prototype, 'isConnected'),
    holds: method(Node.prototype, 'contains'),
    id: getter(Element.prototype, 'id'),
    scrollTop: getter(Element.prototype, 'scrollTop'),
    scrollHeight: getter(Element.prototype, 'scrollHeight'),
    scrollWidth: getter(Element.prototype, 'scrollWidth'),
    clientHeight: getter(Element.prototype, 'clientHeight'),
    clientWidth: getter(Element.prototype, 'clientWidth'),
    scrollTo: method(Element.prototype, 'scrollTo'),
    dispatch,
    /// From the uppermost down.
    at: (x, y) => at(document, x, y),
    /// What may hold a closed shadow root: the browser says whether it does.
    hosts: () => A.roots().flatMap(r => A.query(r, '*').filter(el => !shadow(el) && (name(el).includes('-') ||
      (!first(el) && /^(div|span|section|aside|main)$/.test(name(el)) && (parentNode(el) === A.body() || A.clientHeight(el) > 20))))).slice(0, 200),
    take(root) { if (root instanceof ShadowRoot) closed.set(root.host, root); },
    /// Up through shadow roots to their hosts.
    parent(el) {
      const up = parentNode(el);
      return up instanceof ShadowRoot ? up.host : up instanceof Element ? up : null;
    },
    within(el, selector) {
      for (let up = el; up; up = A.parent(up)) if (A.is(up, selector)) return up;
      return null;
    },
    is(el, selector) {
      try { return Element.prototype.matches.call(el, selector); } catch { return false; }
    },
    style: el => getComputedStyle(el),
    /// A selector that the browser does not know finds nothing.
    query(under, selector) {
      const proto = under instanceof Document ? Document : under instanceof Element ? Element : DocumentFragment;
      try { return [...proto.prototype.querySelectorAll.call(under, selector)]; } catch { return []; }
    },
    /// The document and its open shadow roots. Those of the document are looked for once until the page runs again.
    roots(under = document) {
      if (under === document && known) return known;
      const found = [under];
      for (let n = 0; n < found.length && found.length < 2000; n++) {
        for (const el of A.query(found[n], '*')) {
          const inner = shadow(el);
          if (inner) found.push(inner);
        }
      }
      if (under === document) {
        known = found;
        Promise.resolve().then(() => { known = null; });
      }
      return found;
    },
    all: (selectors, roots = A.roots()) =>
      selectors.length ? [...new Set(roots.flatMap(r => selectors.flatMap(s => A.query(r, s))))] : [],
    seen(el) {
      if (!Element.prototype.checkVisibility.call(el, { visibilityProperty: true })) return false;
      const r = rect(el);
      // What shows its children alone has no size of its own.
      return (r.width > 1 && r.height > 1) || A.style(el).display === 'contents' ||
        A.query(el, ':scope > *').some(c => { const q = rect(c); return q.width > 1 && q.height > 1; });
    },
    first(selectors, roots) {
      const rs = roots || A.roots();
      for (const s of selectors) for (const r of rs) for (const el of A.query(r, s)) if (A.seen(el)) return el;
      return null;
    },
    /// As people read it, without what only a screen reader gets, at most so much.
    text(el, most = 4000) {
      const raw = A.content(el);
      if (raw.length > 20 * most) return raw.slice(0, most);
      let t = el instanceof HTMLElement ? innerText(el) : raw;
      // Slotted or shadowed text is in no innerText.
      if (!t.trim()) t = A.roots(el).slice(1).map(A.content).join(' ');
      return t.slice(0, most).replace(/\s+/g, ' ').trim();
    },
    /// Without case, counts in parentheses and marks at its ends.
    plain: t => t.slice(0, 400).toLowerCase().normalize('NFC').replace(/\u2019/g, "'").replace(/\(\s*[\d\s.,]+\s*\)/g, ' ')
      .replace(/\s+/g, ' ').replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, ''),
    lower: t => t.toLowerCase().normalize('NFC').replace(/\s+/g, ' '),
    pattern(texts, whole = true) {
      if (!texts.length) return { test: () => false };
      const one = t => A.plain(t).replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\\?\*/g, '.{0,40}');
      // A star at an end is taken off with the marks there; it is put back.
      const ends = t => (/^\s*\*/.test(t) ? '.{0,40}' : '') + one(t) + (/\*\s*$/.test(t) ? '.{0,40}' : '');
      const any = texts.map(ends).join('|');
      return whole ? new RegExp(`^(?:${any})$`, 'u') : new RegExp(`(?:^|[^\\p{L}\\p{N}])(?:${any})(?=$|[^\\p{L}\\p{N}])`, 'u');
    },
    /// What a button is called: its text, else its label.
    names(el) {
      const value = el instanceof HTMLInputElement ? el.value : '';
      // What holds more than a button's words is asked for its label alone.
      const names = [A.content(el).length < 600 ? A.text(el, 200) : '', attribute(el, 'aria-label') || '', value, attribute(el, 'title') || ''];
      return names.map(A.plain).filter(Boolean);
    },
    BUTTONS: 'button,[role=button],a,summary,input[type=button],input[type=submit],[role=link],[tabindex="0"]',
    /// A link that leads to another page than this.
    leads(el) {
      const a = A.within(el, 'a[*|href],area[href]');
      if (!a) return false;
      const href = (attribute(a, 'href') || attribute(a, 'xlink:href') || '').trim();
      if (href === '' || href.startsWith('#') || /^javascript:/i.test(href)) return false;
      try {
        const to = new URL(href, base(document)), here = new URL(location.href);
        return to.hash === '' || to.origin !== here.origin || to.pathname !== here.pathname || to.search !== here.search;
      } catch { return true; }
    },
    frame: () => new Promise(done => {
      const late = setTimeout(done, 60);
      requestAnimationFrame(() => { clearTimeout(late); const c = new MessageChannel(); c.port1.onmessage = done; c.port2.postMessage(0); });
    }),
    pause: ms => new Promise(done => setTimeout(done, ms)),
    async until(test, ms, each = 30) {
      for (const end = performance.now() + ms; ;) {
        if (test()) return true;
        if (performance.now() >= end) return false;
        await A.pause(each);
      }
    },
    /// What is drawn in a picture has no click of its own.
    press(el) {
      if (el instanceof HTMLElement) HTMLElement.prototype.click.call(el);
      else dispatch(el, new MouseEvent('click', { bubbles: true, cancelable: true, composed: true, view: window, detail: 1 }));
    },
    /// Its own style; null where it has none.
    inline: el => el instanceof HTMLElement ? inline.html(el) : el instanceof SVGElement ? inline.svg(el) : el instanceof MathMLElement ? inline.math(el) : null,
    set(el, name, value) {
      const style = A.inline(el);
      if (style) style.setProperty(name, value, 'important');
    },
    hide(el) { A.set(el, 'display', 'none'); },
    /// A sheet that holds whatever the page's policy for styles is.
    sheet(css) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      sheets.set.call(document, [...sheets.get.call(document), sheet]);
      for (const r of A.roots().slice(1)) r.adoptedStyleSheets = [...r.adoptedStyleSheets, sheet];
    },
    /// The page can be scrolled again, where an overlay had stopped it.
    unlock() {
      for (const el of [A.root(), A.body()]) {
        if (!el) continue;
        const s = A.style(el);
        if (/hidden|clip/.test(s.overflowY)) A.set(el, 'overflow', 'visible');
        if (s.position === 'fixed') { A.set(el, 'position', 'static'); A.set(el, 'width', 'auto'); }
        if (s.touchAction === 'none') A.set(el, 'touch-action', 'auto');
        if (el === A.body() && s.filter !== 'none') A.set(el, 'filter', 'none');
      }
    },
  };
  return A;
})();
