export {
  CATALOGUE,
  type ConsoleTextKey,
  type Language,
  LANGUAGES,
  type MessageDescriptor,
  type StoredText,
  type TextKey,
  type TextParam,
  type TextParams,
} from './catalogue.js';
export { preferredLanguage } from './preferred-language.js';
export { I18NEXT_OPTIONS, isTextKey, textIn } from './text-in.js';
