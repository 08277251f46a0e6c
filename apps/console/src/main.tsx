import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import './main.css';
import { Alert, createTheme, MantineProvider, type CSSVariablesResolver } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { createBrowserRouter, RouterProvider } from 'react-router';
import { ApiError } from './api.js';
import { Layout } from './layout.js';
import { PageFault } from './page-fault.js';
import { PAGES } from './pages.js';
import './texts.js';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // what the server refuses once, it refuses again; only a server that cannot be reached is asked again
      retry: (count, error) => count < 3 && !(error instanceof ApiError && error.problem.status < 500),
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
          children: PAGES.map(({ path, load }) => ({ path, lazy: load })),
        },
      ],
    },
  ],
  { basename: '/console' },
);
const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: { light: 7, dark: 8 },
  autoContrast: true,
  // titles in the colour of the alert have too little contrast on its ground
  components: { Alert: Alert.extend({ styles: { label: { color: 'var(--mantine-color-text)' } } }) },
});

/** Mantine's grey of hints has too little contrast for WCAG AA. */
const readable: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': 'var(--mantine-color-gray-7)',
    '--mantine-color-placeholder': 'var(--mantine-color-gray-7)',
  },
  dark: {
    '--mantine-color-dimmed': 'var(--mantine-color-dark-1)',
    '--mantine-color-placeholder': 'var(--mantine-color-dark-1)',
  },
});

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
