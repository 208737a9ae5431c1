// The words of the app. Another language is another file of the same shape, chosen here.
import { en } from './en';

export type Words = typeof en;

export const t: Words = en;
export const locale = 'en';
