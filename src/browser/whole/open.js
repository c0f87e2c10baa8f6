// What scrolls inside the page is opened to its whole height.
(A => {
  const over = el => A.scrollHeight(el) - A.clientHeight(el);

  const let_out = el => {
    A.set(el, 'height', 'auto');
    A.set(el, 'max-height', 'none');
    A.set(el, 'overflow', 'visible');
    if (A.style(el).contain !== 'none') A.set(el, 'contain', 'none');
  };

  /// What stands in the middle of the window would grow upwards too, and out of the page.
  const lower = (el, was) => {
    const up = () => was - (A.rect(el).top + scrollY) > 2;
    for (let one = A.parent(el); one && up(); one = A.parent(one)) {
      const s = A.style(one);
      if (!/flex|grid/.test(s.display)) continue;
      A.set(one, /flex/.test(s.display) && /column/.test(s.flexDirection) ? 'justify-content' : 'align-items', 'flex-start');
      if (s.flexWrap !== 'nowrap' || /grid/.test(s.display)) A.set(one, 'align-content', 'flex-start');
    }
    for (let one = el; one && one !== A.body() && up(); one = A.parent(one)) {
      if (A.style(one).transform !== 'none') A.set(one, 'transform', 'none');
    }
    if (!up()) return;
    const by = was - (A.rect(el).top + scrollY);
    A.set(el, 'margin-top', `${parseFloat(A.style(el).marginTop) + by}px`);
  };

  /// One, and all that holds it and would cut it off. The page's own height is left alone unless it is the page that scrolls in it.
  const open = (el, is_page) => {
    const wanted = A.scrollHeight(el), above = [], was = A.rect(el).top + scrollY;
    for (let up = A.parent(el); up; up = A.parent(up)) {
      if (!is_page && (up === A.body() || up === A.root())) break;
      above.push([up, over(up)]);
    }
    const free = up => {
      const s = A.style(up), r = A.rect(up);
      if (is_page && /fixed|absolute/.test(s.position) && r.height > innerHeight * .5) {
        A.set(up, 'position', 'relative');
        A.set(up, 'inset', 'auto');
      }
    };
    free(el);
    let_out(el);
    A.set(el, 'min-height', `${wanted}px`);
    let n = 1;
    for (const [up, before] of above) {
      if (is_page) free(up);
      if (over(up) <= before + 2 && !(is_page && A.rect(up).height < wanted)) continue;
      let_out(up);
      // One that shrinks to what its own holder gives it.
      if (over(up) > before + 2) A.set(up, 'min-height', `${A.scrollHeight(up)}px`);
      n++;
    }
    lower(el, was);
    return n;
  };

  const beside = el => A.scrollWidth(el) - A.clientWidth(el);
  /// The page may become so much wider than its window for what does not go below itself.
  const WIDER = 3;
  /// What scrolls sideways shows all: what can go on below does, the rest stands out of its box. False where it still is cut.
  const widen = el => {
    const s = A.style(el), first = A.query(el, ':scope > *')[0];
    if (/flex/.test(s.display) && /row/.test(s.flexDirection)) A.set(el, 'flex-wrap', 'wrap');
    if (/grid/.test(s.display) && first) {
      A.set(el, 'grid-template-columns', `repeat(auto-fill, ${Math.round(A.rect(first).width)}px)`);
      A.set(el, 'grid-auto-flow', 'row');
    }
    if (s.whiteSpace === 'pre') { A.set(el, 'white-space', 'pre-wrap'); A.set(el, 'overflow-wrap', 'anywhere'); }
    if (s.whiteSpace === 'nowrap') A.set(el, 'white-space', 'normal');
    A.set(el, 'height', 'auto');
    A.set(el, 'max-height', 'none');
    // Seen before it stands out: what stands out may widen the page too far.
    const out = A.rect(el).left + A.scrollWidth(el);
    if (out + scrollX > innerWidth * WIDER) return false;
    A.set(el, 'overflow', 'visible');
    if (A.style(el).contain !== 'none') A.set(el, 'contain', 'none');
    for (let up = A.parent(el); up; up = A.parent(up)) {
      if (A.style(up).overflowX === 'visible' || A.rect(up).right >= out - 2) continue;
      if (up === A.body() || up === A.root()) return false;
      A.set(up, 'overflow', 'visible');
    }
    return true;
  };
  /// All that scroll sideways.
  const wide = () => A.roots().flatMap(r => A.query(r, '*')).filter(el => A.clientWidth(el) > 40 && beside(el) > 20 && el !== A.body() && el !== A.root() &&
    /auto|scroll/.test(A.style(el).overflowX) && !A.is(el, 'textarea,select,input,[contenteditable],[role=listbox],[role=menu]') && A.seen(el)).slice(0, 200);

  /// A frame that scrolls in itself is as tall as what it holds.
  A.tall = () => {
    const page = A.page(), cuts = [A.root(), A.body()].some(el => el && /hidden|clip/.test(A.style(el).overflowY));
    return !cuts && A.scrollHeight(page) > innerHeight + 20 ? Math.ceil(A.scrollHeight(page)) : 0;
  };
  const TALLEST = 20000;
  A.taller = (el, height) => {
    // Nobody can scroll in these, and none is to be read in what is as small as this.
    if (!A.connected(el) || A.attribute(el, 'scrolling') === 'no' || !A.seen(el) || A.clientWidth(el) < 100 || A.clientHeight(el) < 60) return 'no';
    const s = A.style(el);
    // One that lies where it was put would lie over what comes below.
    if (/absolute|fixed/.test(s.position)) return 'no';
    const edges = s.boxSizing === 'border-box' ? A.rect(el).height - A.clientHeight(el) : 0;
    A.set(el, 'height', `${Math.min(height, TALLEST) + edges}px`);
    A.set(el, 'max-height', 'none');
    return height > TALLEST ? 'cut' : 'yes';
  };

  /// Returns how many elements were changed, and how many were left as they are when the time was over.
  A.opened = ({ ms }) => {
    const end = performance.now() + ms, main = A.inner && A.connected(A.inner) ? A.inner : null;
    let n = 0, left = 0;
    if (main && over(main) > 10) n += open(main, true);
    for (const el of A.scrollers()) {
      if (el === main || over(el) <= 10) continue;
      if (performance.now() > end) left++; else n += open(el, false);
    }
    for (const el of wide()) {
      if (performance.now() <= end && beside(el) <= 20) continue;
      if (performance.now() > end || !widen(el)) left++; else n++;
    }
    return { opened: n, left };
  };
})(arkivd);
