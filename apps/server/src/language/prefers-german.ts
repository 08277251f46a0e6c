/** Whether German comes before English in an Accept-Language header. */
export function prefersGerman(header: string | undefined): boolean {
  const wishes = (header ?? '').split(',').flatMap((part) => {
    const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
    const language = tag.split('-')[0];
    const q = Number(
      parameters
        .find((p) => p.trim().startsWith('q='))
        ?.trim()
        .slice(2) ?? 1,
    );
    return (language === 'de' || language === 'en') && q > 0 ? [{ language, q }] : [];
  });
  return wishes.toSorted((a, b) => b.q - a.q)[0]?.language === 'de';
}
