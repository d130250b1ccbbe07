// The course goes along from page to page in the fragment of the address, which is never sent.

export const CARRIED = ["/", "/compare", "/follow"];
export const DAMAGED = "This link is damaged, or from another version of sordino.";

export function carry() {
  for (const link of document.querySelectorAll(".bar nav a, .bar .mark, a[data-carry]")) {
    const { pathname } = new URL(link.href);
    const keeps = CARRIED.includes(pathname) || pathname.startsWith("/follow/");
    link.hash = keeps ? remembered() : "";
  }
}

// Whether the address holds a course, or what is left of one; short names are places of the page.
export function linked() {
  return location.hash.length > 40;
}

// This window's course: that of the address, or the last one of this window.
export function remembered() {
  if (linked()) return location.hash.slice(1);
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

if (linked()) remember(location.hash.slice(1));
carry();
