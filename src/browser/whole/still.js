// Everything that moves is stopped.
(A => {
  /// Scrolling that snaps or glides would answer another place than it was sent to.
  A.steady = () => {
    A.sheet('*,*::before,*::after{scroll-behavior:auto!important;scroll-snap-type:none!important;overflow-anchor:none!important}');
    return true;
  };

  /// Animations and transitions at their end, endless ones where they are; videos paused.
  A.still = () => {
    let n = 0;
    for (const root of A.roots()) {
      for (const animation of root.getAnimations ? root.getAnimations({ subtree: true }) : []) {
        try {
          const end = animation.effect.getComputedTiming().endTime;
          if (animation.timeline instanceof DocumentTimeline && end !== Infinity) animation.finish(); else animation.pause();
          n++;
        } catch { /* one without an effect does not move */ }
      }
    }
    for (const el of A.all(['video', 'audio'])) {
      if (!el.paused) { HTMLMediaElement.prototype.pause.call(el); n++; }
      el.removeAttribute('autoplay');
    }
    for (const el of A.all(['marquee'])) { el.stop(); n++; }
    if (!A.stilled) {
      A.sheet('*,*::before,*::after{transition:none!important;caret-color:transparent!important;background-attachment:scroll!important}');
      A.stilled = true;
    }
    return n;
  };
})(arkivd);
