// The course goes along from page to page in the fragment of the address, which is never sent.

export const CARRIED = ["/", "/compare", "/follow"];

export function carry() {
  for (const link of document.querySelectorAll(".bar nav a, .bar .mark, a[data-carry]")) {
    const { pathname } = new URL(link.href);
    const keeps = CARRIED.includes(pathname) || pathname.startsWith("/follow/");
    link.hash = keeps ? remembered() : "";
  }
}

// This window's course: that of the address, or the last one of this window.
export function remembered() {
  const own = location.hash.slice(1);
  if (own.length > 40) return own;
  try {
    return sessionStorage.getItem("sordino-course") ?? "";
  } catch {
    return "";
  }
}

export function remember(fragment) {
  try {
    sessionStorage.setItem("sordino-course", fragment);
  } catch {
    // A browser that keeps nothing works as well.
  }
  carry();
}

if (location.hash.length > 40) remember(location.hash.slice(1));
carry();
