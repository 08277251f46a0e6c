import type { ReactNode } from 'react';
import { api, take, type Schema } from '../api.js';
import { FormDialog } from '../forms/dialogs.js';
import { useT } from '../texts.js';
import type { ShownView } from './views-address.js';

type View = Schema['ViewDto'];
export type AskedOfView =
  | { what: 'saveAs'; list: View['list']; shown: ShownView }
  | { what: 'rename' | 'share' | 'unshare' | 'delete'; view: View };

interface Props {
  asked: AskedOfView;
  onClose: () => void;
  onSaved: (view: View) => void;
}

/** Asks what a view is to be called, whom it is shared with, or whether it may go. */
export function ViewDialog({ asked, onClose, onSaved }: Props): ReactNode {
  const t = useT();
  const shared = { changes: ['views'], onClose };
  if (asked.what === 'saveAs') {
    const { list, shown } = asked;
    return (
      <FormDialog
        {...shared}
        title={t('views.saveAs')}
        action="save"
        explain={t('views.explain')}
        fields={[{ name: 'name', label: 'name', required: true }]}
        onSubmit={async ({ name = '' }) => {
          const view = await take(api.POST('/api/v1/views', { body: { list, name, ...shown } }));
          onSaved(view);
        }}
      />
    );
  }
  const { view } = asked;
  const params = { path: { id: view.id } };
  const headers = { 'If-Match': `"${view.revision}"` };
  if (asked.what === 'delete') {
    return (
      <FormDialog
        {...shared}
        title={`${t('views.delete')}: ${view.name}`}
        action="delete"
        danger
        explain={t(view.tenant === null ? 'views.delete.own' : 'views.delete.shared')}
        onSubmit={() => take(api.DELETE('/api/v1/views/{id}', { params, headers }))}
      />
    );
  }
  if (asked.what === 'rename') {
    return (
      <FormDialog
        {...shared}
        title={`${t('views.rename')}: ${view.name}`}
        action="save"
        fields={[{ name: 'name', label: 'name', required: true, initial: view.name }]}
        onSubmit={({ name = '' }) =>
          take(api.PATCH('/api/v1/views/{id}', { params, headers, body: { name } }))
        }
      />
    );
  }
  if (asked.what === 'unshare') {
    return (
      <FormDialog
        {...shared}
        title={`${t('views.unshare')}: ${view.name}`}
        action="views.unshare"
        explain={t('views.unshare.explain')}
        onSubmit={() => take(api.PATCH('/api/v1/views/{id}', { params, headers, body: { tenant: null } }))}
      />
    );
  }
  return (
    <FormDialog
      {...shared}
      title={`${t('views.share')}: ${view.name}`}
      action="views.share"
      explain={t('views.share.explain')}
      fields={[{ name: 'tenant', label: 'tenant', kind: 'tenant', required: true }]}
      onSubmit={({ tenant }) =>
        take(api.PATCH('/api/v1/views/{id}', { params, headers, body: { tenant: tenant ?? null } }))
      }
    />
  );
}
