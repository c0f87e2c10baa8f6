// The first to hear that the page would go elsewhere; stay.js says what comes of it.
if (globalThis.navigation) {
  globalThis.arkivd_leaving = { hear: null };
  navigation.addEventListener('navigate', event => { if (arkivd_leaving.hear) arkivd_leaving.hear(event); });
}
