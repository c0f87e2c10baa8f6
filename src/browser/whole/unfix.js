// What keeps its place in the window is put where it stands at the top of the page, or at the page's end, so that it
// hides nothing.
(A => {
  const childNodes = Object.getOwnPropertyDescriptor(Node.prototype, 'childNodes').get;
  const nodes = el => childNodes.call(el);
  const CONTAINS = /transform|translate|scale|rotate|perspective|filter/;
  /// Fixed to an element that holds it and not to the window: it stands where it belongs.
  const held = (el, known) => {
    for (let up = A.parent(el); up && up !== A.root(); up = A.parent(up)) {
      if (!known.has(up)) {
        const s = A.style(up);
        const own = [s.transform, s.translate, s.scale, s.rotate, s.perspective, s.filter, s.backdropFilter].some(v => v && v !== 'none');
        known.set(up, own || /paint|layout|strict|content/.test(s.contain) || CONTAINS.test(s.willChange));
      }
      if (known.get(up)) return true;
    }
    return false;
  };

  const PAINTED = 'img,svg,canvas,video,iframe,object,embed,input,textarea,select,button,hr,progress,meter,audio';
  /// It shows only what it holds.
  const hollow = el => {
    if (A.is(el, PAINTED) || nodes(el).length === 0) return false;
    const s = A.style(el);
    if (!/^rgba\(.*, 0\)$|^transparent$/.test(s.backgroundColor) || s.backgroundImage !== 'none' || s.boxShadow !== 'none' || s.backdropFilter !== 'none') return false;
    if (['Top', 'Right', 'Bottom', 'Left'].some(side => parseFloat(s[`border${side}Width`]) > 0)) return false;
    if (['::before', '::after'].some(p => !/^(none|normal)$/.test(getComputedStyle(el, p).content))) return false;
    for (const node of nodes(el)) if (node instanceof Text && node.data.trim()) return false;
    return true;
  };

  /// What of it the window shows, also where it has no size of its own; null where nothing.
  const box = (el, painted = true) => {
    let found = null, most = 500;
    const visit = one => {
      if (most-- < 0) return;
      const r = A.rect(one);
      const inside = r.width > 0 && r.height > 0 && r.right > 0 && r.bottom > 0 && r.left < innerWidth && r.top < innerHeight;
      const seen = inside && Element.prototype.checkVisibility.call(one, { visibilityProperty: true });
      if (seen && !(painted && hollow(one))) {
        found = found || { top: r.top, left: r.left, bottom: r.bottom, right: r.right };
        found.top = Math.min(found.top, r.top);
        found.left = Math.min(found.left, r.left);
        found.bottom = Math.max(found.bottom, r.bottom);
        found.right = Math.max(found.right, r.right);
      }
      const s = A.style(one);
      if (s.display === 'none' || (!inside && s.overflow !== 'visible' && s.display !== 'contents')) return;
      for (const child of A.query(one, ':scope > *')) visit(child);
      const inner = A.shadow(one);
      if (inner) for (const child of inner.children) visit(child);
    };
    visit(el);
    return found || (painted ? box(el, false) : null);
  };

  /// The top of the uppermost text under it, in the window; null where there is none.
  const text_under = (at, movers) => {
    let top = null;
    const across = Math.max(24, (at.right - at.left) / 40);
    for (let y = Math.max(at.top, 0) + 2; y < Math.min(at.bottom, innerHeight); y += 8) {
      for (let x = Math.max(at.left, 0) + 2; x < Math.min(at.right, innerWidth); x += across) {
        for (const el of A.at(x, y)) {
          if (movers.some(m => A.holds(m, el))) continue;
          for (const node of nodes(el)) {
            if (!(node instanceof Text) || !node.data.trim()) continue;
            const range = new Range();
            range.selectNodeContents(node);
            for (const r of range.getClientRects()) {
              if (r.left <= x && r.right >= x && r.top < at.bottom - 3 && r.bottom > at.top + 3) top = top === null ? r.top : Math.min(top, r.top);
            }
          }
          break;
        }
      }
    }
    return top;
  };

  const place = (el, was, top, left) => {
    const set = (name, value) => A.set(el, name, value);
    set('position', 'absolute');
    set('inset', 'auto');
    set('top', '0px');
    set('left', '0px');
    set('width', was.width);
    set('height', was.height);
    set('margin', '0px');
    const r = A.rect(el);
    set('top', `${top - (r.top + scrollY)}px`);
    set('left', `${left - (r.left + scrollX)}px`);
  };

  A.unfix = () => {
    let n = 0;
    const fixed = [], known = new Map();
    for (const root of A.roots()) {
      for (const el of A.query(root, '*')) {
        const s = A.style(el), position = s.position;
        if (position === 'sticky') {
          A.set(el, 'position', 'relative');
          A.set(el, 'inset', 'auto');
          n++;
        } else if (position === 'fixed' && !held(el, known)) fixed.push(el);
      }
    }
    if (!fixed.length) return n;
    // Their places are read before any is moved: one may hold another.
    const places = fixed.map(el => {
      const r = A.rect(el), s = A.style(el);
      return { el, r, at: box(el), width: s.width, height: s.height, clear: s.opacity === '0', none: s.display === 'none' };
    });
    const short = A.scrollHeight(A.page()) <= innerHeight + 2;
    const ends = [], stays = [];
    let push = 0;
    for (const one of places) {
      const { el, at } = one;
      n++;
      // A drawer beside the window is seen by nobody, and would make the page as wide as where it waits.
      if (!at) {
        if (one.none) A.set(el, 'position', 'absolute'); else A.hide(el);
        continue;
      }
      const high = at.bottom - at.top, bar = high <= innerHeight * .5 + 1 && !one.clear;
      const lower = bar && at.top >= innerHeight * .5 - 1 && at.bottom > innerHeight * .75, upper = bar && at.top < innerHeight * .2;
      // An inner one goes with what holds it, if that goes.
      const goes = (lower && !short) || (bar && !upper && text_under(at, fixed) !== null);
      if (goes) ends.push(one); else stays.push(one);
      if (upper && at.right - at.left > innerWidth * .5) {
        const covered = text_under(at, fixed);
        if (covered !== null) push = Math.max(push, at.bottom - covered + 4);
      }
    }
    for (const one of [...stays, ...ends]) place(one.el, one, one.r.top + scrollY, one.r.left + scrollX);
    if (push > 0) A.set(A.root(), 'padding-top', `${parseFloat(A.style(A.root()).paddingTop) + push}px`);
    to_the_end(ends);
    return n;
  };

  /// One below the other where the page ends, side by side where they were.
  const to_the_end = ends => {
    if (!ends.length) return;
    for (const { el } of ends) A.set(el, 'top', '0px');
    let end = A.scrollHeight(A.page()), bottom = -Infinity, top = 0, from = end;
    for (const one of ends.sort((a, b) => a.at.top - b.at.top)) {
      if (one.at.top >= bottom) { end = Math.max(end, from); top = one.at.top; }
      bottom = Math.max(bottom, one.at.bottom);
      from = Math.max(from, end + one.at.bottom - top);
      one.to = end + (one.r.top - top);
    }
    // What holds them may cut off what lies below it.
    let holder = A.body();
    for (const { el } of ends) {
      for (let up = A.parent(el); up && up !== A.body() && up !== A.root(); up = A.parent(up)) {
        if (A.style(up).overflow !== 'visible' && A.style(up).position !== 'static') { holder = up; break; }
      }
    }
    const before = A.scrollHeight(A.page());
    for (const one of ends) place(one.el, one, one.to, one.r.left + scrollX);
    if (holder && A.scrollHeight(A.page()) < from - 2) A.set(holder, 'padding-bottom', `${parseFloat(A.style(holder).paddingBottom) + from - before}px`);
    on_paper(ends);
  };

  // On paper they stand where the text has them: its pages end elsewhere.
  let marked = 0;
  const on_paper = ends => {
    const rules = ends.map(({ el, r, at }) => {
      const style = A.inline(el), mark = `[data-arkivd-end="${++marked}"]:not(#arkivd-a):not(#arkivd-b)`;
      const placed = ['position', 'top', 'left', 'right', 'bottom', 'width', 'height', 'margin'].map(name => {
        const value = style.getPropertyValue(name);
        style.removeProperty(name);
        return value ? `${name}:${value}!important` : '';
      });
      // One that is larger than what it shows keeps that in it.
      const paper = r.height > at.bottom - at.top + 20 && hollow(el)
        ? `position:relative!important;inset:auto!important;height:${at.bottom - at.top}px!important` : 'position:static!important';
      A.setAttribute(el, 'data-arkivd-end', `${marked}`);
      return `@media screen{${mark}{${placed.filter(Boolean).join(';')}}}@media print{${mark}{${paper}}}`;
    });
    A.sheet(rules.join(''));
  };
})(arkivd);
