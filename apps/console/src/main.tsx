import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import './main.css';
import {
  Alert,
  Badge,
  createTheme,
  MantineProvider,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { createBrowserRouter, RouterProvider } from 'react-router';
import { isRefused } from './api.js';
import { Layout } from './layout.js';
import { PageFault } from './page-fault.js';
import { PAGES } from './pages.js';
import { SESSION } from './session/session.js';
import { loadPageTexts, loadTexts } from './texts.js';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // what the server refuses once, it refuses again; only a server that cannot be reached is asked again
      retry: (count, error) => count < 3 && !isRefused(error),
    },
  },
});
const router = createBrowserRouter(
  [
    {
      path: '/',
      element: <Layout />,
      hydrateFallbackElement: <></>,
      // one above the pages catches what they throw: the router never shows that of a route whose own loading failed
      children: [
        {
          errorElement: <PageFault />,
          children: PAGES.map(({ path, load }) => ({
            path,
            lazy: path === '' ? load : async () => (await Promise.all([load(), loadPageTexts()]))[0],
          })),
        },
      ],
    },
  ],
  { basename: '/console' },
);
/** The product's own colour, from its lightest to its darkest shade. */
const RELAY: MantineColorsTuple = [
  '#e6f6f9',
  '#d3e9ee',
  '#a8d2dc',
  '#79bac9',
  '#53a5b9',
  '#3b98af',
  '#2c92ab',
  '#1b7f97',
  '#0b7187',
  '#006277',
];
const theme = createTheme({
  respectReducedMotion: true,
  colors: { relay: RELAY },
  primaryColor: 'relay',
  primaryShade: { light: 8, dark: 8 },
  autoContrast: true,
  components: {
    // titles in the colour of the alert have too little contrast on its ground
    Alert: Alert.extend({
      styles: { label: { color: 'var(--mantine-color-text)' }, message: { overflowWrap: 'anywhere' } },
    }),
    // words are written as words are, German ones above all
    Badge: Badge.extend({ styles: { root: { textTransform: 'none' } } }),
  },
});

/** Mantine's grey of hints and red of faults have too little contrast for WCAG AA. */
const readable: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': 'var(--mantine-color-gray-7)',
    '--mantine-color-placeholder': 'var(--mantine-color-gray-7)',
    '--mantine-color-error': 'var(--mantine-color-red-9)',
  },
  dark: {
    '--mantine-color-dimmed': 'var(--mantine-color-dark-1)',
    '--mantine-color-placeholder': 'var(--mantine-color-dark-1)',
    '--mantine-color-error': 'var(--mantine-color-red-4)',
  },
});

// while the page's own texts and programs come
void client.prefetchQuery(SESSION);
await loadTexts();
const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no root');
createRoot(root).render(
  <MantineProvider theme={theme} cssVariablesResolver={readable} defaultColorScheme="auto">
    <QueryClientProvider client={client}>
      <Notifications />
      <RouterProvider router={router} />
    </QueryClientProvider>
  </MantineProvider>,
);
