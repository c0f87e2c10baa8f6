// What fades in where one scrolls to it, and out again behind: it was shown, and is to be seen.
(A => {
  const waiting = new Set(), shown = new Set();
  const clear = el => Number(A.style(el).opacity) < .05;

  /// Those that have their place and cannot be seen now.
  A.hiding = roots => {
    const end = performance.now() + 150;
    for (const root of roots) {
      for (const el of A.query(root, '*')) {
        if (waiting.size >= 2000 || performance.now() > end) return;
        if (!waiting.has(el) && !shown.has(el) && clear(el) && A.clientHeight(el) > 0) waiting.add(el);
      }
    }
  };
  // What has begun to come is not there at once.
  const comes = el => !clear(el) || Element.prototype.getAnimations.call(el).length > 0;
  A.fades = () => {
    for (const el of waiting) if (comes(el)) { waiting.delete(el); shown.add(el); }
  };

  /// One that lies over another of its kind takes turns with it.
  const turns = el => {
    const r = A.rect(el), up = A.parent(el);
    return !!up && A.query(up, ':scope > *').slice(0, 200).some(other => {
      if (other === el) return false;
      const q = A.rect(other);
      const across = Math.min(r.right, q.right) - Math.max(r.left, q.left), down = Math.min(r.bottom, q.bottom) - Math.max(r.top, q.top);
      return across > 0 && down > 0 && across * down > r.width * r.height * .5;
    });
  };
  A.revealed = () => {
    const kind = el => A.attribute(el, 'class');
    const out = new Set([...shown].filter(el => A.connected(el) && clear(el)).map(kind).filter(Boolean));
    // One of the same kind that was passed by too fast.
    const alike = [...waiting].filter(el => A.connected(el) && out.has(kind(el)));
    let n = 0;
    for (const el of [...shown, ...alike]) {
      const s = A.style(el);
      if (!A.connected(el) || /fixed|absolute/.test(s.position) || turns(el)) continue;
      // What is there yet may be gone as soon as the page has heard that it is at its top.
      const is_out = clear(el);
      A.set(el, 'transform', is_out ? 'none' : s.transform);
      A.set(el, 'opacity', is_out ? '1' : s.opacity);
      if (is_out) n++;
    }
    return n;
  };
})(arkivd);
