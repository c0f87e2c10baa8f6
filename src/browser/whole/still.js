// Everything that moves is stopped.
(A => {
  const paused = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'paused').get;

  /// Scrolling that snaps or glides would answer another place than it was sent to.
  A.steady = () => {
    A.sheet('*,*::before,*::after{scroll-behavior:auto!important;scroll-snap-type:none!important;overflow-anchor:none!important}');
    return true;
  };

  const fonts = Object.getOwnPropertyDescriptor(Document.prototype, 'fonts').get;
  /// Drawn wherever it is, in its own letters, and at its top.
  A.held = async () => {
    // All are found before any is changed: each change has the page styled anew.
    const waiting = [];
    for (const root of A.roots()) {
      for (const el of A.query(root, '*')) if (A.style(el).contentVisibility === 'auto') waiting.push(el);
    }
    for (const el of waiting) A.set(el, 'content-visibility', 'visible');
    await Promise.race([fonts.call(document).ready, A.pause(3000)]);
    await A.frame();
    await A.frame();
    window.scrollTo({ top: 0, left: 0, behavior: 'instant' });
    return true;
  };

  /// Animations and transitions at their end, endless ones where they are; videos paused.
  A.still = () => {
    let n = 0;
    for (const root of A.roots()) {
      const moving = root instanceof Document ? Document.prototype.getAnimations.call(root) : root.getAnimations();
      for (const animation of moving) {
        try {
          const end = animation.effect.getComputedTiming().endTime;
          if (animation.timeline instanceof DocumentTimeline && end !== Infinity) animation.finish(); else animation.pause();
          n++;
        } catch { /* one without an effect does not move */ }
      }
    }
    for (const el of A.all(['video', 'audio'])) {
      if (!paused.call(el)) { HTMLMediaElement.prototype.pause.call(el); n++; }
      A.removeAttribute(el, 'autoplay');
    }
    for (const el of A.all(['marquee'])) { el.stop(); n++; }
    if (!A.stilled) {
      A.sheet('*,*::before,*::after{transition:none!important;caret-color:transparent!important;background-attachment:scroll!important}');
      A.stilled = true;
    }
    return n;
  };
})(arkivd);
