import type { WebhookFormat } from '#domain';
import type { WordedNotice } from './notice-wording.js';

/** What is posted. */
export interface WebhookBody {
  contentType: string;
  body: string;
}

/**
 * A notice as its receiver understands it.
 *
 * @param source where it comes from: the address of this installation
 * @param more what the button that leads to the console says
 */
export function webhookBody(
  format: WebhookFormat,
  notice: WordedNotice,
  source: string,
  more: string,
): WebhookBody {
  switch (format) {
    case 'cloudevents':
      return {
        contentType: 'application/cloudevents+json; charset=utf-8',
        body: JSON.stringify(cloudEvent(notice, source)),
      };
    case 'slack':
      return {
        contentType: 'application/json; charset=utf-8',
        body: JSON.stringify(slackMessage(notice, more)),
      };
    case 'teams':
      return {
        contentType: 'application/json; charset=utf-8',
        body: JSON.stringify(teamsMessage(notice, more)),
      };
  }
}

/** CloudEvents 1.0 in structured mode: `source` and `id` together name what happened. */
function cloudEvent(notice: WordedNotice, source: string): Record<string, unknown> {
  const { id, kind, severity, tenant, subject, at, title, text, link, facts } = notice;
  return {
    specversion: '1.0',
    id,
    source,
    type: `relaypoint.${kind}.v1`,
    subject,
    time: at.toISOString(),
    datacontenttype: 'application/json',
    data: { tenant, severity, title, text, link, facts },
  };
}

/** For an incoming webhook of Slack. What looks like markup in names stays what it is. */
function slackMessage({ severity, title, text, link }: WordedNotice, more: string): Record<string, unknown> {
  const mark = { error: ':red_circle:', warning: ':large_yellow_circle:', info: ':large_blue_circle:' }[
    severity
  ];
  return { text: `${mark} *${slackText(title)}*\n${slackText(text)}\n<${link}|${slackText(more)}>` };
}

function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** For a workflow of Microsoft Teams that posts an adaptive card. */
function teamsMessage({ severity, title, text, link }: WordedNotice, more: string): Record<string, unknown> {
  const color = { error: 'Attention', warning: 'Warning', info: 'Accent' }[severity];
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            {
              type: 'TextBlock',
              text: teamsText(title),
              weight: 'Bolder',
              size: 'Medium',
              color,
              wrap: true,
            },
            { type: 'TextBlock', text: teamsText(text), wrap: true },
          ],
          actions: [{ type: 'Action.OpenUrl', title: more, url: link }],
        },
      },
    ],
  };
}

/** Cards read a part of Markdown. */
function teamsText(text: string): string {
  return text.replaceAll(/[\\`*_[\]()#]/g, String.raw`\$&`);
}
