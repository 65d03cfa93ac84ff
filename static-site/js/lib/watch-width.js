/** The width that a drawing has, told now and whenever it changes; answers how to stop. @param {HTMLElement | null} element @param {(width: number) => void} tell */
export function watchWidth(element, tell) {
  if (element === null) return undefined;
  const observer = new ResizeObserver(([entry]) => tell(Math.max(240, Math.floor(entry.contentRect.width))));
  observer.observe(element);
  return () => observer.disconnect();
}
