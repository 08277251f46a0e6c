import { useSearchParams } from 'react-router';

/**
 * What is chosen in the page's URL, and how one choice is made or, by '', taken back. The next one may be made before the
 * page is drawn with the last, so it adds to what the URL says by then and not to what is drawn.
 */
export function useUrlChoices(): [URLSearchParams, (choices: Readonly<Record<string, string>>) => void] {
  const [params, setParams] = useSearchParams();
  const choose = (choices: Readonly<Record<string, string>>): void => {
    const next = new URLSearchParams(window.location.search);
    for (const [name, value] of Object.entries(choices)) {
      if (value === '') next.delete(name);
      else next.set(name, value);
    }
    setParams(next, { replace: true });
  };
  return [params, choose];
}
